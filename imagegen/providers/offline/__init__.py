"""The offline painter: a replacement for the providers that needs no key, no network and no money.

The same request always gives the same bytes; another prompt, model, style or variant gives another picture. The
metadata of every picture says that no model made it.
"""

import hashlib
import io
import json
import random
import time
import zlib

from imagegen.providers import Generated, PictureRequest
from imagegen.settings import Settings

COMMENT = "Painted offline by imagegen as a stand-in: no model made this picture."
_QUALITY = 92


class Painter:
    """Paints a motif in the style of the request (``options["style"]``), after ``latency`` seconds."""

    def __init__(self, latency: float) -> None:
        self._latency = latency

    def generate(self, request: PictureRequest) -> Generated:
        """Paint the picture as a JPEG. Costs nothing and never fails."""
        time.sleep(self._latency)
        return Generated(paint(request), 0.0)


def connect(settings: Settings) -> Painter:
    """Build the painter, which takes ``settings.offline_latency`` seconds for each picture."""
    return Painter(settings.offline_latency)


def find_missing_key(_settings: Settings) -> str:
    """Return an empty string: the painter needs no key."""
    return ""


def endpoint(_settings: Settings) -> str:
    """Return an empty string: the painter asks nobody."""
    return ""


def paint(request: PictureRequest) -> bytes:
    """Paint the JPEG of a request: its words decide the motif, its style the technique, its hash everything else."""
    from imagegen.providers.offline import motifs, styles

    rng = random.Random(_derive_seed(request))  # noqa: S311 - a picture, not a secret
    style = request.options.get("style", "")
    turn = sum(zlib.crc32(word.encode()) for word in (request.model, style)) + request.variant
    paint_style = styles.STYLE_PAINTERS.get(style) or rng.choice(list(styles.STYLE_PAINTERS.values()))
    out = io.BytesIO()
    image = paint_style(request.size, rng, motifs.find_motif(request.prompt, turn))
    image.save(out, "JPEG", quality=_QUALITY, comment=COMMENT)
    return out.getvalue()


def _derive_seed(request: PictureRequest) -> int:
    asked = [request.model, request.prompt, request.size, sorted(request.options.items()), request.variant]
    return int.from_bytes(hashlib.sha256(json.dumps(asked).encode()).digest())
