"""The overlay's interface: from a provider's bytes to the finished picture and its thumbnail."""

from dataclasses import dataclass, replace

from imagegen.errors import PermanentFailure
from imagegen.overlay.decoding import Picture, content_type, decode
from imagegen.overlay.design import Design, Output
from imagegen.overlay.encoding import THUMBNAIL_WIDTH, Encoded, Provenance, encode, encode_thumbnail
from imagegen.overlay.sizes import fit_scale, read_size
from imagegen.overlay.text.engine import renderer
from imagegen.overlay.text.typeset import Undrawable, typeset

__all__ = [
    "THUMBNAIL_WIDTH",
    "Composed",
    "Design",
    "Encoded",
    "Output",
    "Picture",
    "Provenance",
    "check_texts",
    "compose",
    "content_type",
    "decode",
    "renderer",
    "warm_up",
]


@dataclass(frozen=True, slots=True)
class Composed:
    """The finished pictures by name, the first one before all others, and the first one's thumbnail.

    A picture in the first format is named by its size, such as ``og``; others by both, such as ``og.webp``.
    """

    pictures: dict[str, Encoded]
    thumbnail: Encoded


def compose(picture: Picture, design: Design, *, provenance: Provenance, output: Output | None = None) -> Composed:
    """Draw the design over the picture, in every size. Raises PermanentFailure for a text that cannot be drawn."""
    from imagegen.overlay.grounds.schemes import measure_light
    from imagegen.overlay.render import render
    from imagegen.overlay.subject.finding import find_subject

    output = output or Output()
    subject, light = find_subject(picture.image, design.focus), measure_light(picture.image)
    sizes = {name: fit_scale(read_size(name), (picture.width, picture.height), output.scale) for name in output.sizes}
    pictures: dict[str, Encoded] = {}
    thumbnail = None
    for name, size in sizes.items():
        try:
            image = render(picture, design, size, subject=subject, light=light, keeps_background=False).image
        except Undrawable as error:
            raise PermanentFailure("title_not_drawable", str(error)) from error
        # Each is encoded before the next is drawn: nine large pictures at once would not fit a small worker's memory.
        for picture_format in output.formats:
            data = encode(image, picture_format, provenance, most_bytes=size.most_bytes)
            pictures[output.name_picture(name, picture_format)] = Encoded(data, *image.size, picture_format)
        thumbnail = thumbnail or encode_thumbnail(image, provenance)
    if thumbnail is None:
        raise ValueError("an output has one size at least")
    names = [output.name_picture(name, kind) for kind in output.formats for name in output.sizes]
    return Composed({name: pictures[name] for name in names}, thumbnail)


def check_texts(design: Design) -> dict[str, str]:
    """Return the reason for each text, by its field's name, that cannot be drawn correctly on this machine.

    Call it before a picture is paid for. Texts of plain ASCII load nothing; others open the fonts that they need.
    Raises ConfigurationError when a font's package is not installed.
    """
    from imagegen.overlay.block.placing import choose_font, typeset_texts
    from imagegen.overlay.block.roles import Role

    choose_font(design).path()
    reasons = {}
    for role in Role:
        name, text = role.value, getattr(design, role.value)
        if not text or (text.isascii() and text.isprintable() and text.strip()):
            continue
        alone = replace(design, title="-", kicker="", subtitle="", byline="", highlight="")
        try:
            typeset_texts(replace(alone, **{name: text}), on_dark=True)
        except Undrawable as error:
            reasons[name] = str(error)
    return reasons


def warm_up(font: str) -> None:
    """Load Pillow's decoders, the font and the cascade that finds faces. Call it while the provider is at work."""
    from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageStat, JpegImagePlugin, PngImagePlugin  # noqa: F401 - loaded early

    from imagegen.overlay import render  # noqa: F401 - loaded early
    from imagegen.overlay.subject.cascade import load_cascade

    _ = typeset("Warm up", font).segments
    load_cascade()
