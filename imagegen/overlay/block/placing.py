"""The placing of a stack on a canvas: at the edge or in the middle that its template names, within the margins."""

from dataclasses import replace

from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import Column, Stack
from imagegen.overlay.design import Design
from imagegen.overlay.sizes import Size
from imagegen.overlay.templates import TEMPLATES, Edge, Ground, Template
from imagegen.overlay.text.fonts import FONTS, Font
from imagegen.overlay.text.typeset import TypesetTitle, typeset

BRAND = "brand"
"""The id of the brand's own font."""
LOGO, LOGO_GAP = 52, 40
"""The height of a logo, and the distance kept between it and a text below it."""
_BAR_MARGIN = 24
"""The least distance of ink from the bottom edge in a strip: the strip's own edge is far above it."""
_LEAST_TITLE = 0.3
"""The share of the canvas's height that is always left for a title."""

_BESIDE_SUBTITLE = 0.84
"""The share of its size that a title has above a subtitle, so that both leave room for the picture."""


def typeset_texts(design: Design, *, on_dark: bool) -> dict[Role, TypesetTitle]:
    """Typeset every text of a design. Raises Undrawable."""
    font = choose_font(design)
    companion = FONTS[font.text] if font.text else font
    brand = design.brand
    text_font = brand.text_font if brand and brand.text_font else None
    title = typeset(design.title, font, marked=design.highlight, on_dark=on_dark)
    texts = {Role.TITLE: title}
    if design.kicker:
        texts[Role.KICKER] = typeset(design.kicker, companion, on_dark=on_dark)
    for role, text in ((Role.SUBTITLE, design.subtitle), (Role.BYLINE, design.byline)):
        if text:
            texts[role] = typeset(text, text_font or companion, is_light=text_font is None, on_dark=on_dark)
    return texts


def choose_font(design: Design) -> Font:
    """Return the title's font: the one that is asked for, or the brand's own."""
    if design.font == BRAND and design.brand and design.brand.font:
        return design.brand.font
    return FONTS[design.font]


def lay_stack(design: Design, size: Size, *, on_dark: bool) -> Stack | None:
    """Set a design's texts and place them on a canvas; None for a template that shows none. Raises Undrawable."""
    template = TEMPLATES[design.template]
    if template.ground is None:
        return None
    return place_texts(
        typeset_texts(design, on_dark=on_dark),
        template,
        size,
        has_avatar=bool(design.brand and design.brand.avatar),
        has_logo=bool(design.brand and (design.brand.logo_on_dark or design.brand.logo_on_light)),
    )


def place_texts(
    texts: dict[Role, TypesetTitle],
    template: Template,
    size: Size,
    *,
    has_avatar: bool = False,
    has_logo: bool = False,
) -> Stack:
    """Set texts by a template and place them on a canvas."""
    setting, unit = template.choose_setting(size), size.unit
    area = template.measure_area(size, is_rtl=texts[Role.TITLE].is_rtl)
    if Role.SUBTITLE in texts and not setting.is_beside:
        area = area.condense(_BESIDE_SUBTITLE)
    apart = {Role.BYLINE} if setting.is_beside and template.ground is Ground.STRIP else set()
    column = Column(
        area,
        {role: text for role, text in texts.items() if role not in apart},
        unit,
        setting.subtitle_lines,
        has_rule=Role.KICKER not in texts,
        has_avatar=has_avatar,
    )
    top, bottom = _find_room(template, size)
    if apart & texts.keys():
        bottom -= round((LOGO_GAP + LOGO / 2) * unit)
    if has_logo and setting.is_beside:
        top += round((LOGO + LOGO_GAP / 2) * unit)
    least = round(_LEAST_TITLE * size.height)
    stack = _move(column.build(bottom - top, least), template, size, top, bottom)
    if not apart & texts.keys():
        return stack
    foot = replace(column, texts=texts).set_byline(stack.title)
    return stack.add(foot.shift(size.safe.bottom - foot.ink.bottom))


def _find_room(template: Template, size: Size) -> tuple[int, int]:
    """Return the top and the bottom of the part in which a stack's ink may lie."""
    edge, safe, unit = template.choose_setting(size).edge, size.safe, size.unit
    if template.ground is Ground.STRIP and edge is Edge.BOTTOM:
        return safe.top, size.height - size.insets[3] - round(_BAR_MARGIN * unit)
    return safe.top, safe.bottom


def _move(stack: Stack, template: Template, size: Size, top: int, bottom: int) -> Stack:
    """Move a stack, whose top is at 0, to its place, or as far inwards as its ink needs."""
    setting = template.choose_setting(size)
    padding = round(setting.padding * size.unit)
    if setting.edge is Edge.BOTTOM:
        down = size.height - size.insets[3] - padding - stack.box.bottom
    elif setting.edge is Edge.TOP:
        down = size.insets[1] + padding - stack.box.top
    else:
        down = (top + bottom - stack.box.top - stack.box.bottom) // 2
    down += max(top - stack.ink.top - down, 0)
    down -= max(stack.ink.bottom + down - bottom, 0)
    return stack.shift(down)
