"""Checks of what stands where: within the safe part of the canvas, apart from each other, at one edge."""

import itertools
from collections.abc import Iterator

from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import PlacedText, Stack
from imagegen.overlay.geometry import Box
from imagegen.overlay.render import RenderedPicture
from imagegen.overlay.sizes import Size
from imagegen.overlay.templates import Edge, Ground, Template
from imagegen.overlay.text.areas import Align
from tests.overlay.checks.inks import draw_ink, find_ink, spread
from tests.overlay.checks.lines import measure_seen

APART = 4
"""Pixels between the ink of two texts, at 1200×630."""
IN_STRIP = 24
"""Pixels between the ink in a strip and the bottom of the canvas, at 1200×630."""


def find_safe(template: Template, size: Size) -> Box:
    """Return the part of the canvas in which all ink stays."""
    setting = template.choose_setting(size)
    if template.ground is Ground.STRIP and setting.edge is Edge.BOTTOM:
        return size.safe._replace(bottom=size.height - size.insets[3] - round(IN_STRIP * size.unit))
    return size.safe


def check_margins(rendered: RenderedPicture, template: Template, size: Size) -> Iterator[str]:
    """All that is drawn stays within the safe part of the canvas."""
    safe, stack = find_safe(template, size), rendered.arrangement.stack
    boxes: list[tuple[str, Box | None]] = [("logo", rendered.arrangement.logo)]
    if stack:
        boxes += [("rule", stack.rule), ("avatar", stack.avatar)]
        boxes += [(text.role.value, find_ink(text.layout) or Box(0, 0, 0, 0)) for text in stack.texts]
    for name, box in boxes:
        if box and not safe.holds(box):
            yield f"the {name} is outside the margins: {tuple(box)} in {tuple(safe)}"


def check_distances(rendered: RenderedPicture, size: Size) -> Iterator[str]:
    """The inks of two texts keep a visible distance; marks lie on none of them."""
    apart, stack = round(APART * size.unit), rendered.arrangement.stack
    texts = stack.texts if stack else ()
    for one, other in itertools.combinations(texts, 2):
        if _are_near(one, other, apart, size):
            yield f"{one.role.value} and {other.role.value} are less than {apart} px apart"
    marks = {"logo": rendered.arrangement.logo}
    if stack:
        marks |= {"rule": stack.rule, "avatar": stack.avatar}
    placed = [(name, box) for name, box in marks.items() if box]
    for name, box in placed:
        near = box.expand(apart, size.box)
        for text in texts:
            if near.meets(text.layout.ink_box) and draw_ink(text.layout, near).getbbox():
                yield f"the {name} lies on the {text.role.value}"
    for (name, box), (other_name, other_box) in itertools.combinations(placed, 2):
        if box.meets(other_box):
            yield f"the {name} lies on the {other_name}"


def _are_near(one: PlacedText, other: PlacedText, apart: int, size: Size) -> bool:
    boxes = [text.layout.ink_box.expand(apart, size.box) for text in (one, other)]
    if not boxes[0].meets(boxes[1]):
        return False
    within = Box(
        max(boxes[0].left, boxes[1].left),
        max(boxes[0].top, boxes[1].top),
        min(boxes[0].right, boxes[1].right),
        min(boxes[0].bottom, boxes[1].bottom),
    )
    around = within.expand(apart, size.box)
    first = spread(draw_ink(one.layout, around), apart - 1)
    second = draw_ink(other.layout, around)
    second.paste(0, mask=first.point([255 - value for value in range(256)]))
    return second.getbbox() is not None


def check_order(stack: Stack, size: Size) -> Iterator[str]:
    """The title is larger than the subtitle, and that larger than what stands above and below both."""
    sizes = {text.role: measure_seen(text.layout, size) for text in stack.texts}
    title, subtitle = sizes[Role.TITLE], sizes.get(Role.SUBTITLE)
    for role, own in sizes.items():
        if role is not Role.TITLE and own >= title:
            yield f"the {role.value} is as large as the title: {own:.1f}, {title:.1f}"
        if role in (Role.KICKER, Role.BYLINE) and subtitle is not None and own >= subtitle:
            yield f"the {role.value} is as large as the subtitle: {own:.1f}, {subtitle:.1f}"


def check_edge(stack: Stack, template: Template, size: Size) -> Iterator[str]:
    """All texts and marks of the stack stand at the title's edge, or around its middle.

    A byline beside the last text of a bar, not below it, stands at the other end of the bar.
    """
    blocks = [text.layout.block for text in stack.texts if text.role is not Role.BYLINE]
    slack, is_rtl, title = round(2 * size.unit), stack.title.fitted.title.is_rtl, stack.title.block
    area = template.measure_area(size, is_rtl=is_rtl)
    for name, box in _list_boxes(stack):
        if template.align is Align.CENTRE:
            edge, wanted = (box.left + box.right) / 2, (area.left + area.right) / 2
        elif (
            name.startswith("byline")
            and _may_be_opposite(template, size)
            and any(block.top < box.bottom and box.top < block.bottom for block in blocks)
        ):
            edge, wanted = (box.left, area.left) if is_rtl else (box.right, area.right)
        else:
            edge, wanted = (box.right, title.right) if is_rtl else (box.left, title.left)
        if abs(edge - wanted) > slack:
            yield f"the {name} stands at {edge}, not {wanted}"


def _may_be_opposite(template: Template, size: Size) -> bool:
    is_bar = template.choose_setting(size).edge in (Edge.BOTTOM, Edge.TOP)
    return template.ground is Ground.STRIP and is_bar and not size.is_tall


def _list_boxes(stack: Stack) -> Iterator[tuple[str, Box]]:
    if stack.rule:
        yield "rule", stack.rule
    for text in stack.texts:
        box = text.layout.block
        if text.role is Role.BYLINE and stack.avatar:
            yield (
                "byline and its avatar",
                box._replace(left=min(box.left, stack.avatar.left), right=max(box.right, stack.avatar.right)),
            )
        else:
            yield text.role.value, box
