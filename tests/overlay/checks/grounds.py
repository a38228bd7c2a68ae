"""Checks of a logo and of a subject's eyes against the ground and the ink, from pixels where there are any."""

from collections.abc import Iterator, Sequence

from PIL import Image, ImageChops, ImageFilter

from imagegen.overlay.block.stack import Stack
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.logos import open_logo
from imagegen.overlay.geometry import Box, Rectangle
from imagegen.overlay.grounds.arrangement import Setup, find_card, find_strip
from imagegen.overlay.grounds.painting import paint_ground
from imagegen.overlay.render import RenderedPicture
from imagegen.overlay.sizes import Size
from imagegen.overlay.subject.finding import Area
from imagegen.overlay.templates import Ground, Template
from tests.overlay.checks.inks import draw_ink, measure_contrasts

LOGO_CONTRAST = 3.0
"""WCAG's least contrast of graphics, asked of nine tenths of what lies around a logo."""


def draw_covered(stack: Stack, template: Template, size: Size) -> Image.Image:
    """Draw what the texts cover, 255 where they do: their ink, and their ground where it is at half its strength.

    A halo is a shade around the ink, so only the ink on it counts.
    """
    covered = Image.new("L", size.box.size)
    for text in stack.texts:
        covered.paste(255, (0, 0), draw_ink(text.layout, size.box))
    covered = covered.filter(ImageFilter.MaxFilter(9))
    if template.ground is not Ground.HALO:
        painted = Image.new("RGB", size.box.size, "white")
        paint_ground(painted, Setup(stack, template, size), None, accent=(255, 255, 255), on_dark=True)
        shade = painted.convert("L").point([255 - value for value in range(256)])
        deepest = int(max(shade.tobytes()))
        covered.paste(255, mask=shade.point([255 if value > deepest / 2 else 0 for value in range(256)]))
    return covered


def measure_seen(covered: Image.Image, boxes: Sequence[Rectangle]) -> float:
    """Return the share of some boxes of the canvas that lies on it and is not covered."""
    seen = total = 0.0
    for box in boxes:
        whole = [round(edge) for edge in box]
        total += (whole[2] - whole[0]) * (whole[3] - whole[1])
        inside = max(whole[0], 0), max(whole[1], 0), min(whole[2], covered.width), min(whole[3], covered.height)
        if inside[0] < inside[2] and inside[1] < inside[3]:
            seen += covered.crop(inside).histogram()[0]
    return seen / total if total else 1.0


def check_eyes(rendered: RenderedPicture, eyes: Sequence[Area], template: Template, size: Size) -> Iterator[str]:
    """Eyes are free of ground, ink and logo."""
    if not eyes:
        return
    stack, boxes = rendered.arrangement.stack, [rendered.placement.locate(area) for area in eyes]
    covered = draw_covered(stack, template, size) if stack else Image.new("L", size.box.size)
    if rendered.arrangement.logo:
        covered.paste(255, rendered.arrangement.logo)
    seen = measure_seen(covered, boxes)
    if seen < 0.99:
        yield f"{seen:.0%} of the eyes are seen"


def check_logo(rendered: RenderedPicture, brand: Brand, template: Template, size: Size) -> Iterator[str]:
    """A logo is one of the brand's, stands out from what is around it, and lies on no edge of a ground."""
    box = rendered.arrangement.logo
    if box is None:
        yield "there is no logo"
        return
    own = _find_variant(rendered.image, box, brand)
    if own is None:
        yield "the logo is none of the brand's"
        return
    around = box.expand(round(8 * size.unit), size.box)
    free = Image.new("L", around.size, 255)
    free.paste(own.getchannel("A").point([255] * 9 + [0] * 247), box.shift(-around.left, -around.top)[:2])
    colour = _find_colour(own)
    (contrast,) = measure_contrasts(rendered.image.crop(around), free, colour, (0.9,))
    if contrast < LOGO_CONTRAST:
        yield f"the logo's contrast is {contrast:.2f}, not {LOGO_CONTRAST}"
    stack = rendered.arrangement.stack
    if stack and template.ground in (Ground.STRIP, Ground.CARD):
        setup = Setup(stack, template, size)
        ground = find_strip(setup) if template.ground is Ground.STRIP else find_card(setup)
        if ground.meets(box) and not ground.holds(box):
            yield f"the logo lies on the edge of the ground: {tuple(box)} on {tuple(ground)}"


def _find_variant(image: Image.Image, box: Box, brand: Brand) -> Image.Image | None:
    """Return the variant of the logo whose opaque pixels are found in its place."""
    crop = image.crop(box)
    for path in (brand.logo_on_dark, brand.logo_on_light):
        if path:
            logo = open_logo(path, box.bottom - box.top)
            opaque = logo.getchannel("A").point([0] * 255 + [255])
            off = ImageChops.difference(crop, logo.convert("RGB")).convert("L") if logo.size == crop.size else None
            if off and ImageChops.multiply(off.point([0] * 3 + [255] * 253), opaque).getbbox() is None:
                return logo
    return None


def _find_colour(logo: Image.Image) -> tuple[int, int, int]:
    from PIL import ImageStat

    red, green, blue = ImageStat.Stat(logo.convert("RGB"), logo.getchannel("A")).mean
    return round(red), round(green), round(blue)
