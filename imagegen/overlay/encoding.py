"""The finished picture as a JPEG that says of itself where it comes from."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 300_000
"""What messengers and social networks take for a card picture without complaint."""

_QUALITIES = ((88, "4:4:4"), (88, "4:2:0"), (80, "4:2:0"), (68, "4:2:0"), (50, "4:2:0"), (30, "4:2:0"))
"""Tried in turn until the picture is small enough; photographs are at the first."""
_THUMBNAIL_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the picture says of itself in its metadata."""

    provider: str
    model: str
    offline: bool


def image_jpeg(image: "Image", provenance: Provenance) -> bytes:
    """The picture in the best quality that stays under ``MAX_BYTES``, with its provenance as XMP."""
    xmp = packet(provenance)
    for quality, subsampling in _QUALITIES:
        data = _jpeg(image, quality=quality, subsampling=subsampling, xmp=xmp)
        if len(data) <= MAX_BYTES:
            break
    return data


def thumbnail_jpeg(image: "Image", provenance: Provenance) -> bytes:
    """The picture at a third of its size, with its provenance as XMP."""
    return _jpeg(image.reduce(3), quality=_THUMBNAIL_QUALITY, subsampling="4:2:0", xmp=packet(provenance))


def _jpeg(image: "Image", *, quality: int, subsampling: str, xmp: bytes) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=subsampling, xmp=xmp)
    return out.getvalue()


def packet(provenance: Provenance) -> bytes:
    """An XMP packet: the IPTC digital source type, the provider, the model, and whether it was painted offline.

    The same provenance always gives the same bytes: there is no date in it.
    """
    return _XMP.format(
        provider=quoteattr(provenance.provider),
        model=quoteattr(provenance.model),
        offline=quoteattr(str(provenance.offline)),
        tool=quoteattr("imagegen" + (" (painted offline)" if provenance.offline else "")),
    ).encode()


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:imagegen="https://imagegen.invalid/ns/1.0/"
 xmp:CreatorTool={tool}
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
 imagegen:provider={provider}
 imagegen:model={model}
 imagegen:offline={offline}/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
