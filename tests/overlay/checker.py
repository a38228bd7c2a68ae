"""A checker of rendered pictures: every text is whole, in its place, legible, balanced and in fonts that have it.

It starts from the renderer's intermediate steps (the picture before the texts, their layouts, where the logo is) and
takes measures of its own: glyphs from the fonts' tables, contrast and distances from pixels.
"""

from collections.abc import Iterator, Sequence

from PIL import ImageChops

from imagegen.overlay.block.placing import choose_font
from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import PlacedText, Stack
from imagegen.overlay.design import Design
from imagegen.overlay.render import RenderedPicture
from imagegen.overlay.sizes import SIZES, Size
from imagegen.overlay.subject.finding import Area
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS, Font, find_text_font
from imagegen.overlay.text.lines.languages import guess_language
from tests.overlay.checks.glyphs import check_completeness, check_glyphs, measure_columns
from tests.overlay.checks.grounds import check_eyes, check_logo
from tests.overlay.checks.inks import check_colours, check_cut, check_legibility, find_ink
from tests.overlay.checks.lines import (
    LEAST_OTHER,
    LEAST_TITLE,
    check_alignment,
    check_breaks,
    check_evenness,
    check_size,
    check_title_size,
)
from tests.overlay.checks.places import check_distances, check_edge, check_margins, check_order
from tests.overlay.text.type_checks import check_order as check_direction
from tests.overlay.text.type_checks import find_type_violations

NEVER_SHORTENED = {Role.TITLE: 60, Role.KICKER: 20, Role.SUBTITLE: 60, Role.BYLINE: 20}
"""The characters up to which a text is whole on any canvas; a title's beside nothing else than itself."""

ROOMY = 120
"""The Latin letters of all texts up to which a size with a name has room for a logo, and for a subject's eyes."""


def find_violations(
    rendered: RenderedPicture, design: Design, size: Size = SIZES["og"], eyes: Sequence[Area] = ()
) -> list[str]:
    """List the faults of a rendered picture, as sentences."""
    template, stack, brand = TEMPLATES[design.template], rendered.arrangement.stack, design.brand
    if misshapen := list(_check_frame(rendered, size)):
        return misshapen
    faults = [
        *check_margins(rendered, template, size),
        *check_distances(rendered, size),
    ]
    texts = "".join(getattr(design, role.value) for role in Role)
    has_logo = brand and (brand.logo_on_dark or brand.logo_on_light)
    is_roomy = size.name in SIZES and measure_columns(texts) <= ROOMY
    if is_roomy:
        faults += check_eyes(rendered, eyes, template, size)
    if brand and has_logo and (rendered.arrangement.logo or is_roomy):
        faults += check_logo(rendered, brand, template, size)
    if template.ground is None:
        return faults + _check_bareness(rendered)
    if stack is None:
        return [*faults, "there is no text"]
    faults += [*_check_presence(stack, design), *check_order(stack, size), *check_edge(stack, template, size)]
    for text in stack.texts:
        faults += [f"{text.role.value}: {fault}" for fault in _find_text_violations(rendered, text, design, size)]
    return faults


def _check_frame(rendered: RenderedPicture, size: Size) -> Iterator[str]:
    for image in (rendered.image, rendered.background):
        if image.size != size.box.size or image.mode != "RGB":
            yield f"the picture is {image.mode} {image.size}"


def _check_bareness(rendered: RenderedPicture) -> list[str]:
    """A picture without a text shows nothing that it did not hold, but for a logo on its shade."""
    if rendered.arrangement.logo:
        return []
    off = ImageChops.difference(rendered.image.convert("RGB"), rendered.background).getbbox()
    return ["something is drawn where no text is"] if off else []


def _check_presence(stack: Stack, design: Design) -> Iterator[str]:
    wanted = [role for role in Role if getattr(design, role.value)]
    found = [text.role for text in stack.texts]
    if sorted(found, key=list(Role).index) != wanted:
        yield f"there are {found}, not {wanted}"
    if bool(stack.rule) == bool(design.kicker):
        yield "a rule stands above a title without a kicker, and only there"


def _find_text_violations(rendered: RenderedPicture, text: PlacedText, design: Design, size: Size) -> Iterator[str]:
    layout, role = text.layout, text.role
    wanted: str = getattr(design, role.value)
    if find_ink(layout) is None:
        yield "no ink at all"
        return
    own_ink = bool(design.brand and rendered.scheme and rendered.scheme.ground == design.brand.ground)
    yield from check_cut(layout)
    yield from check_colours(rendered, text)
    yield from check_legibility(rendered, text, size, own_ink=own_ink)
    yield from check_glyphs(layout, _choose_font(role, design))
    yield from check_completeness(layout, wanted, NEVER_SHORTENED[role])
    if role is not Role.BYLINE or len(layout.fitted.lines) > 1:
        is_rtl = rendered.stack.title.fitted.title.is_rtl
        yield from check_alignment(layout, TEMPLATES[design.template].align, flush_right=is_rtl)
    if role is Role.TITLE:
        yield from check_size(layout, size, least=LEAST_TITLE)
        yield from check_title_size(layout, design.template, size)
        yield from check_evenness(layout)
        yield from check_breaks(layout)
        yield from find_type_violations(layout, wanted, guess_language(wanted), min(size.unit, 1.0))
    else:
        yield from check_size(layout, size, least=LEAST_OTHER)
        yield from check_direction(layout, wanted)


def _choose_font(role: Role, design: Design) -> Font:
    font = choose_font(design)
    if role is Role.TITLE:
        return font
    companion = FONTS[font.text] if font.text else font
    if role is Role.KICKER:
        return companion
    brand = design.brand
    return brand.text_font if brand and brand.text_font else find_text_font(companion)
