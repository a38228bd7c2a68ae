"""The placing of a stack on a canvas: at the edge or in the middle that its template names, within the margins."""

from dataclasses import replace
from typing import NamedTuple

from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import Column, Stack
from imagegen.overlay.design import Design
from imagegen.overlay.highlights import find_highlight, is_joined
from imagegen.overlay.sizes import Size
from imagegen.overlay.templates import TEMPLATES, Edge, Ground, Template
from imagegen.overlay.text.fonts import FONTS, Font
from imagegen.overlay.text.titles import parse
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


class Room(NamedTuple):
    """The top and the bottom of the part of a canvas in which a stack's ink may lie."""

    top: int
    bottom: int


def typeset_texts(design: Design, *, on_dark: bool) -> dict[Role, TypesetTitle]:
    """Typeset every text of a design. Raises Undrawable."""
    font = choose_font(design)
    companion = FONTS[font.text] if font.text else font
    brand, tag = design.brand, design.language
    text_font = brand.text_font if brand and brand.text_font else None
    title = typeset(design.title, font, marked=_find_marked(design), on_dark=on_dark, language=tag)
    texts = {Role.TITLE: title}
    if design.kicker:
        texts[Role.KICKER] = typeset(design.kicker, companion, on_dark=on_dark, language=tag)
    for role, text in ((Role.SUBTITLE, design.subtitle), (Role.BYLINE, design.byline)):
        if text:
            texts[role] = typeset(text, text_font or companion, is_light=True, on_dark=on_dark, language=tag)
    return texts


def _find_marked(design: Design) -> frozenset[int]:
    """Return the clusters of a title's highlight, and of the rest of its words: joined letters have one colour."""
    clusters = parse(design.title).clusters
    if not design.highlight or (place := find_highlight(clusters, design.highlight)) is None:
        return frozenset()
    start, end = place
    while start and is_joined(clusters[start - 1]) and is_joined(clusters[start]):
        start -= 1
    while end < len(clusters) and is_joined(clusters[end]) and is_joined(clusters[end - 1]):
        end += 1
    return frozenset(range(start, end))


def choose_font(design: Design) -> Font:
    """Return the title's font: the one that is asked for, or the brand's own."""
    if design.font == BRAND and design.brand and design.brand.font:
        return design.brand.font
    return FONTS[design.font]


def lay_stack(design: Design, size: Size, *, on_dark: bool, spare: int = 0) -> Stack | None:
    """Set a design's texts and place them on a canvas; None for a template that shows none. Raises Undrawable.

    ``spare`` is the height that they leave free beyond their ground, in pixels of a 1200×630 picture.
    """
    template = TEMPLATES[design.template]
    if template.ground is None:
        return None
    return place_texts(
        typeset_texts(design, on_dark=on_dark),
        template,
        size,
        has_avatar=bool(design.brand and design.brand.avatar),
        has_logo=bool(design.brand and design.brand.has_logo),
        spare=spare,
    )


def place_texts(
    texts: dict[Role, TypesetTitle],
    template: Template,
    size: Size,
    *,
    has_avatar: bool = False,
    has_logo: bool = False,
    spare: int = 0,
) -> Stack:
    """Set texts by a template and place them on a canvas: below a logo beside the picture, if none is cut for it."""
    setting, unit = template.choose_setting(size), size.unit
    area = template.measure_area(size, is_rtl=texts[Role.TITLE].is_rtl)
    if Role.SUBTITLE in texts and not setting.is_beside:
        area = area.condense(_BESIDE_SUBTITLE)
    column = Column(area, texts, unit, setting.subtitle_lines, Role.KICKER not in texts, has_avatar)
    room = _spare(template, size, spare) if spare else _find_room(template, size)
    if has_logo and setting.is_beside:
        below = _place(column, template, size, room._replace(top=room.top + round((LOGO + LOGO_GAP) * unit)))
        if not below.count_truncated():
            return below
    return _place(column, template, size, room)


def _place(column: Column, template: Template, size: Size, room: Room) -> Stack:
    """Set the texts of a column and place them in a room; a strip's byline stands apart where it can."""
    least = round(_LEAST_TITLE * size.height)
    if Role.BYLINE in column.texts and template.ground is Ground.STRIP and not size.is_tall:
        rest: dict[Role, TypesetTitle] = {role: text for role, text in column.texts.items() if role is not Role.BYLINE}
        is_beside = template.choose_setting(size).is_beside
        set_apart = _set_byline_below if is_beside else _set_byline_opposite
        if apart := set_apart(replace(column, texts=rest), column, template, size, room, least):
            return apart
    return _move(column.build(room.bottom - room.top, least), template, size, room)


def _set_byline_below(rest: Column, column: Column, template: Template, size: Size, room: Room, least: int) -> Stack:
    """Set the byline at the foot of a strip beside the picture, and the other texts in the middle of what is left."""
    room = room._replace(bottom=room.bottom - round((LOGO_GAP + LOGO * 0.75) * size.unit))
    stack = _move(rest.build(room.bottom - room.top, least), template, size, room)
    foot = _place_foot(column, stack, size)
    limit = foot.ink.top - round(LOGO_GAP / 2 * size.unit)
    if stack.ink.bottom > limit:  # a byline of two lines, or of tall letters
        room = room._replace(bottom=limit)
        stack = _move(rest.build(room.bottom - room.top, least), template, size, room)
        foot = _place_foot(column, stack, size)
    return stack.add(foot)


def _place_foot(column: Column, stack: Stack, size: Size) -> Stack:
    foot = column.set_byline(stack.title)
    return foot.shift(size.safe.bottom - foot.ink.bottom)


def _set_byline_opposite(
    rest: Column, column: Column, template: Template, size: Size, room: Room, least: int
) -> Stack | None:
    """Set the byline at the other end of a strip, on the last line's level; None when the other texts reach there."""
    stack = _move(rest.build(room.bottom - room.top, least), template, size, room)
    byline = column.set_byline(stack.title, is_opposite=True)
    byline = byline.shift(stack.box.bottom - byline.box.bottom)
    gap = round(LOGO_GAP * size.unit)
    lines = len(byline.texts[0].layout.fitted.lines)
    if lines > 1 or any(layout.ink_box.expand(gap, size.box).meets(byline.ink) for _, layout in stack.texts):
        return None
    return stack.add(byline)


def _find_room(template: Template, size: Size) -> Room:
    edge, safe, unit = template.choose_setting(size).edge, size.safe, size.unit
    if template.ground is Ground.STRIP and edge is Edge.BOTTOM:
        return Room(safe.top, size.height - size.insets[3] - round(_BAR_MARGIN * unit))
    return Room(safe.top, safe.bottom)


def _spare(template: Template, size: Size, spare: int) -> Room:
    """Return the room less so much beyond the texts' ground, which needs its padding."""
    setting, (top, bottom) = template.choose_setting(size), _find_room(template, size)
    padding = round(setting.padding * size.unit)
    free = round(spare * size.unit) + padding
    if setting.edge is Edge.TOP:
        return Room(top, bottom - free)
    return Room(top + free, bottom - padding if template.ground is Ground.CARD else bottom)


def _move(stack: Stack, template: Template, size: Size, room: Room) -> Stack:
    """Move a stack, whose top is at 0, to its place, or as far inwards as its ink needs."""
    setting, (top, bottom) = template.choose_setting(size), room
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
