"""JPEG encoding of the finished picture, with its provenance in the metadata."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 300_000
"""The size limit of a finished picture; messengers and social networks accept card pictures of this size."""

_QUALITIES = ((88, "4:4:4"), (88, "4:2:0"), (80, "4:2:0"), (68, "4:2:0"), (50, "4:2:0"), (30, "4:2:0"))
"""JPEG quality and chroma subsampling, tried in turn until the picture is small enough; the first suits photographs."""
_THUMBNAIL_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a picture, as its metadata names it."""

    provider: str
    model: str
    offline: bool


def encode(image: "Image", format_: str, provenance: Provenance, *, most_bytes: int | None) -> bytes:
    """Encode the picture in the best quality that fits ``MAX_BYTES``, else the lowest, with its provenance as XMP."""
    xmp = build_xmp(provenance)
    for quality, subsampling in _QUALITIES:
        data = _encode_jpeg(image, quality=quality, subsampling=subsampling, xmp=xmp)
        if len(data) <= MAX_BYTES:
            break
    return data


def encode_thumbnail(image: "Image", provenance: Provenance) -> tuple[bytes, tuple[int, int]]:
    """Encode the picture at a third of its size, with its provenance as XMP."""
    small = image.reduce(3)
    return _encode_jpeg(small, quality=_THUMBNAIL_QUALITY, subsampling="4:2:0", xmp=build_xmp(provenance)), small.size


def _encode_jpeg(image: "Image", *, quality: int, subsampling: str, xmp: bytes) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=subsampling, xmp=xmp)
    return out.getvalue()


def build_xmp(provenance: Provenance) -> bytes:
    """Build an XMP packet with the IPTC digital source type, the provider, the model and an offline flag.

    The packet holds no date, so the same provenance always gives the same bytes.
    """
    return _XMP.format(
        source=_PAINTED if provenance.offline else _MODEL_MADE,
        provider=quoteattr(provenance.provider),
        model=quoteattr(provenance.model),
        offline=quoteattr(str(provenance.offline)),
        tool=quoteattr("imagegen" + (" (painted offline)" if provenance.offline else "")),
    ).encode()


_MODEL_MADE, _PAINTED = "trainedAlgorithmicMedia", "algorithmicMedia"
"""IPTC's terms for what a trained model made, and for what a program painted that was trained with nothing."""

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:imagegen="https://imagegen.invalid/ns/1.0/"
 xmp:CreatorTool={tool}
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{source}"
 imagegen:provider={provider}
 imagegen:model={model}
 imagegen:offline={offline}/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
