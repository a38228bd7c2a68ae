"""The offline painter: a stand-in for the providers that needs no key, no network and no money.

The same request always gives the same bytes; another prompt, model, style or variant gives another picture. Every
picture says in its own metadata that no model made it.
"""

import hashlib
import io
import json
import random
import time

from imagegen.providers import Generated, PictureRequest
from imagegen.settings import Settings

COMMENT = "Painted offline by imagegen as a stand-in: no model made this picture."
_QUALITY = 92


class Painter:
    """Paints landscapes in the request's style (``options["style"]``), after ``latency`` seconds."""

    def __init__(self, latency: float) -> None:
        self._latency = latency

    def generate(self, request: PictureRequest) -> Generated:
        """Paint the picture as a JPEG. Costs nothing and never fails."""
        time.sleep(self._latency)
        return Generated(paint(request), 0.0)


def connect(settings: Settings) -> Painter:
    """The painter, which takes ``settings.offline_latency`` seconds for each picture."""
    return Painter(settings.offline_latency)


def paint(request: PictureRequest) -> bytes:
    """The JPEG of a request: the scene from the hash of all that is in it, the look from its style."""
    from imagegen.providers.offline.styles import LOOKS

    chance = random.Random(_seed(request))  # noqa: S311 - a picture, not a secret
    look = LOOKS.get(request.options.get("style", "")) or chance.choice(list(LOOKS.values()))
    out = io.BytesIO()
    look(request.size, chance).save(out, "JPEG", quality=_QUALITY, comment=COMMENT)
    return out.getvalue()


def _seed(request: PictureRequest) -> int:
    asked = [request.model, request.prompt, request.size, sorted(request.options.items()), request.variant]
    return int.from_bytes(hashlib.sha256(json.dumps(asked).encode()).digest())
