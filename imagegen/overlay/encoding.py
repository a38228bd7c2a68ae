"""Encoding of finished pictures in every format, with their provenance in the metadata.

The quality of each format is what it takes to be as like the picture as a JPEG of quality 88 without chroma
subsampling, as measured by ``python -m benchmarks.quality`` (see docs/performance.md).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture's bytes in a format (one of ``design.FORMATS``), and its width and height in pixels."""

    data: bytes
    width: int
    height: int
    format: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a picture, as its metadata names it."""

    provider: str
    model: str
    offline: bool


def _list_jpeg(*steps: tuple[int, str]) -> tuple[Mapping[str, Any], ...]:
    return tuple({"quality": quality, "subsampling": subsampling} for quality, subsampling in steps)


def _list_webp(*qualities: int) -> tuple[Mapping[str, Any], ...]:
    return tuple({"quality": quality, "method": 2} for quality in qualities)


def _list_avif(*steps: tuple[int, str]) -> tuple[Mapping[str, Any], ...]:
    # One thread: the same bytes on every machine, and no thread of its own beside those of other leaves.
    fixed = {"speed": 8, "max_threads": 1}
    return tuple({"quality": quality, "subsampling": subsampling, **fixed} for quality, subsampling in steps)


SETTINGS: dict[str, tuple[Mapping[str, Any], ...]] = {
    "jpeg": _list_jpeg((88, "4:4:4"), (88, "4:2:0"), (80, "4:2:0"), (68, "4:2:0"), (50, "4:2:0"), (30, "4:2:0")),
    # WebP halves the resolution of colours at every quality.
    "webp": _list_webp(93, 88, 80, 65, 45, 20),
    "avif": _list_avif((82, "4:4:4"), (72, "4:4:4"), (62, "4:2:0"), (50, "4:2:0"), (35, "4:2:0"), (20, "4:2:0")),
    # Its bytes are bounded by its colours alone; 0 keeps them all. With fewer than 256 no photograph is worth having.
    "png": tuple({"compress_level": 6, "colours": colours} for colours in (0, 256)),
}
"""Pillow's settings for each format, tried in turn until a picture is small enough; the first suits photographs."""

_LARGE = 4_000_000
"""Pixels from which AVIF keeps colours at half the resolution: pictures at twice the scale, whose colours stay as fine
as at a single one, and the largest free sizes. At 8 million it saves 100 of 360 MB, which a worker of 512 MB needs."""

THUMBNAIL_WIDTH = 400
"""The width of a thumbnail in pixels."""
_THUMBNAIL_SETTINGS = _list_jpeg((82, "4:2:0"))[0]


def encode(image: "Image", picture_format: str, provenance: Provenance, *, most_bytes: int | None = None) -> bytes:
    """Encode a picture in one of ``SETTINGS``' formats, with its provenance as XMP.

    ``most_bytes`` bounds it: it is encoded in the best quality that fits, else in the lowest.
    """
    xmp = build_xmp(provenance)
    for settings in SETTINGS[picture_format]:
        data = _WRITERS[picture_format](image, settings, xmp)
        if most_bytes is None or len(data) <= most_bytes:
            break
    return data


def encode_thumbnail(image: "Image", provenance: Provenance) -> Encoded:
    """Encode a picture as a JPEG of ``THUMBNAIL_WIDTH`` pixels, as high as its shape asks for, with its provenance."""
    small = _shrink(image)
    data = _write(small, "JPEG", {**_THUMBNAIL_SETTINGS, "xmp": build_xmp(provenance)})
    return Encoded(data, small.width, small.height, "jpeg")


def _shrink(image: "Image") -> "Image":
    from PIL import Image

    times, rest = divmod(image.width, THUMBNAIL_WIDTH)
    if times and not rest and not image.height % times:
        return image.reduce(times)
    height = max(round(image.height * THUMBNAIL_WIDTH / image.width), 1)
    return image.resize((THUMBNAIL_WIDTH, height), Image.Resampling.BICUBIC, reducing_gap=3.0)


def _write_with_xmp(kind: str) -> "_Writer":
    return lambda image, settings, xmp: _write(image, kind, {**settings, "xmp": xmp})


def _write_avif(image: "Image", settings: Mapping[str, Any], xmp: bytes) -> bytes:
    if image.width * image.height > _LARGE:
        settings = {**settings, "subsampling": "4:2:0"}
    return _write(image, "AVIF", {**settings, "xmp": xmp})


def _write_png(image: "Image", settings: Mapping[str, Any], xmp: bytes) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())  # where the XMP specification puts it, part 3, section 1.1.5
    rest = dict(settings)
    if colours := rest.pop("colours"):
        image = image.quantize(colours)
    return _write(image, "PNG", {**rest, "pnginfo": text})


def _write(image: "Image", kind: str, settings: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()


if TYPE_CHECKING:
    from collections.abc import Callable

    _Writer = Callable[[Image, Mapping[str, Any], bytes], bytes]

_WRITERS: "dict[str, _Writer]" = {
    "jpeg": _write_with_xmp("JPEG"),
    "webp": _write_with_xmp("WEBP"),
    "avif": _write_avif,
    "png": _write_png,
}


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
