"""The stack: a title with what stands above and below it, in sizes that keep their order, one below the other."""

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from imagegen.overlay.block.roles import LEAST, STYLES, TITLE_GAP, Gap, Role
from imagegen.overlay.geometry import Box, bound
from imagegen.overlay.text.areas import Align, TextArea, TextBox
from imagegen.overlay.text.drawing import Layout, lay_out
from imagegen.overlay.text.typeset import TypesetTitle

RULE = (64, 6)
"""The width and the height of the rule, the short line above a title that has no kicker."""
AVATAR, AVATAR_GAP = 52, 16
"""The diameter of an avatar beside a byline, and its distance from it."""
_INK_GAP, _AVATAR_INK_GAP = 8, 32
"""The least distance between the ink of two texts, and between ink and an avatar."""
_SMALLER = 0.85
"""The share of its size to which a text beside a title shrinks before it is cut short."""


class PlacedText(NamedTuple):
    """A text of a stack, at its place."""

    role: Role
    layout: Layout


@dataclass(frozen=True, slots=True)
class Stack:
    """The texts on a picture, at their places.

    ``box`` goes from the first text's cap height, or the rule's top, to the last baseline; ``ink`` bounds everything
    that is drawn. ``column`` is the width of the title's box.
    """

    texts: tuple[PlacedText, ...]
    rule: Box | None
    avatar: Box | None
    box: Box
    ink: Box
    column: int

    @property
    def title(self) -> Layout:
        """The title's layout."""
        return next(text.layout for text in self.texts if text.role is Role.TITLE)

    def count_truncated(self) -> int:
        """Return how many of the texts are cut short."""
        return sum(layout.fitted.truncated for _, layout in self.texts)

    def shift(self, down: int) -> "Stack":
        """Return the stack moved down."""
        return replace(
            self,
            texts=tuple(PlacedText(role, layout.shift(0, down)) for role, layout in self.texts),
            rule=self.rule and self.rule.shift(0, down),
            avatar=self.avatar and self.avatar.shift(0, down),
            box=self.box.shift(0, down),
            ink=self.ink.shift(0, down),
        )

    def add(self, other: "Stack") -> "Stack":
        """Return both as one; the box, by which a ground is centred, stays this one's."""
        return replace(
            self,
            texts=(*self.texts, *other.texts),
            avatar=self.avatar or other.avatar,
            ink=bound([self.ink, other.ink]),
        )


@dataclass(frozen=True, slots=True)
class Column:
    """The place and the texts of a stack. ``unit`` scales lengths; ``subtitle_lines`` bounds a subtitle."""

    area: TextArea
    texts: dict[Role, TypesetTitle]
    unit: float
    subtitle_lines: int
    has_rule: bool
    has_avatar: bool

    def build(self, most_height: int, least_title: int) -> Stack:
        """Set the texts into ``most_height``, the title as large as the others leave it, the first text's top at 0."""
        shares = (1.0, _SMALLER) if Role.SUBTITLE in self.texts else (1.0,)
        for lines, share in product(range(self.subtitle_lines, -1, -1), shares):
            # As a last resort every text has one line, and the title what that leaves.
            stack = self._build(most_height, least_title if lines else 1, lines, share)
            if stack.ink.bottom - stack.ink.top <= most_height:
                break
        return stack

    def _build(self, most_height: int, least_title: int, lines: int, share: float) -> Stack:
        """Set a subtitle in ``lines`` lines, or in one more if it is smaller, and in this share of its size."""
        reserved = 0
        while True:
            title = lay_out(self.texts[Role.TITLE], self.area, most_height=max(most_height - reserved, least_title))
            stack = self._pile(title, lines, share)
            height = title.ink_box.bottom - title.ink_box.top
            needed = stack.ink.bottom - stack.ink.top - height
            # With so much room for the title, less of it would set it in the same way.
            is_roomy = most_height - needed >= max(height, title.fitted.box.height)
            if needed <= reserved or most_height - reserved < least_title or is_roomy:
                return stack
            reserved = needed

    def set_byline(self, title: Layout, *, is_opposite: bool = False) -> Stack:
        """Set the byline alone, in a size that suits a title which stands elsewhere, or at the column's other side."""
        if is_opposite:
            flipped = not self.area.flush_right
            area = replace(self.area, flush_right=flipped, at_right=flipped)
            return replace(self, area=area).set_byline(title)
        layout, avatar = self._add_avatar(Role.BYLINE, self._set_beside(Role.BYLINE, title, 1, 1.0))
        ink = bound([layout.ink_box, avatar]) if avatar else layout.ink_box
        return Stack((PlacedText(Role.BYLINE, layout),), None, avatar, layout.block, ink, title.fitted.box.width)

    def _pile(self, title: Layout, lines: int, share: float) -> Stack:
        """Pile the texts up around a title that has its size."""
        texts: list[PlacedText] = []
        rule = self._draw_rule(title) if self.has_rule else None
        boxes, inks = ([rule], [rule]) if rule else ([], [])
        avatar = None
        for role in (role for role in Role if role in self.texts):
            layout = title if role is Role.TITLE else self._set_beside(role, title, lines, share)
            layout, avatar = self._add_avatar(role, layout)
            ink = bound([layout.ink_box, avatar]) if avatar else layout.ink_box
            down = -layout.block.top
            if boxes:
                down += boxes[-1].bottom + self._find_gap(role, title, inks[-1], boxes[-1], ink, layout.block)
            texts.append(PlacedText(role, layout.shift(0, down)))
            avatar = avatar and avatar.shift(0, down)
            boxes.append(layout.block.shift(0, down))
            inks.append(ink.shift(0, down))
        return Stack(tuple(texts), rule, avatar, bound(boxes), bound(inks), title.fitted.box.width)

    def _set_beside(self, role: Role, title: Layout, lines: int, share: float) -> Layout:
        """Set one of the texts that stand beside a title, in a size that suits the title's."""
        style, own = STYLES[role], self.texts[role]
        left, right = self._find_sides(title)
        column = min(right - left, title.fitted.box.width)
        if role is Role.BYLINE and self.has_avatar:
            column -= round((AVATAR + AVATAR_GAP) * self.unit)
        size = style.choose_size(title.fitted.size / title.fitted.title.scale, self.unit)
        least = self._find_least(role, title)
        size = max(round(size * share) if role is Role.SUBTITLE else size, least)
        small = max(round(size * _SMALLER), least)
        most = max(lines, 1) if role is Role.SUBTITLE else 1
        steps = ((most, size), (most, small), (most + min(lines, 1), small))
        boxes = tuple(TextBox(column, self.area.most_height, many, least) for many, least in steps)
        area = replace(self.area, boxes=boxes, max_size=size, display_size=size, left=left, right=right)
        return lay_out(own, replace(area, at_right=area.flush_right))

    def _find_sides(self, title: Layout) -> tuple[int, int]:
        """Return the sides of the title's column, at whose edge all texts stand, however narrow their own box is."""
        area, width = self.area, title.fitted.box.width
        if area.align is Align.CENTRE:
            return area.left, area.right
        left = area.right - width if area.at_right else area.left
        right = left + width
        if area.flush_right != title.fitted.title.is_rtl:
            return left, right
        # A title is moved inwards when its ink would leave the margins, and takes the others along.
        if area.flush_right:
            return max(left - (right - title.block.right), area.left), title.block.right
        return title.block.left, min(right + title.block.left - left, area.right)

    def _find_least(self, role: Role, title: Layout) -> int:
        """Return the least size of a text: it can be read, and a subtitle is larger than what stands around it."""
        least = math.ceil(LEAST * self.unit)
        if role is not Role.SUBTITLE:
            return least
        title_size = title.fitted.size / title.fitted.title.scale
        return 1 + max(least, *(STYLES[each].choose_size(title_size, self.unit) for each in (Role.KICKER, Role.BYLINE)))

    def _find_gap(self, role: Role, title: Layout, ink_above: Box, box_above: Box, ink: Box, box: Box) -> int:
        gap: Gap = TITLE_GAP if role is Role.TITLE else STYLES[role].gap
        wanted = gap.measure(title.fitted.size, self.unit)
        least = _AVATAR_INK_GAP if role is Role.BYLINE and self.has_avatar else _INK_GAP
        return max(wanted, ink_above.bottom - box_above.bottom + box.top - ink.top + round(least * self.unit))

    def _draw_rule(self, title: Layout) -> Box:
        width, height = (round(side * self.unit) for side in RULE)
        if self.area.align is Align.CENTRE:
            left = (self.area.left + self.area.right - width) // 2
        else:
            left = title.block.right - width if self.area.flush_right else title.block.left
        return Box(left, 0, left + width, height)

    def _add_avatar(self, role: Role, layout: Layout) -> tuple[Layout, Box | None]:
        """Move a byline aside for the avatar, and place that beside it."""
        if role is not Role.BYLINE or not self.has_avatar:
            return layout, None
        side, gap = round(AVATAR * self.unit), round(AVATAR_GAP * self.unit)
        is_centred = self.area.align is Align.CENTRE
        aside = (side + gap) // 2 if is_centred else side + gap
        layout = layout.shift(-aside if self.area.flush_right else aside, 0)
        left = layout.block.right + gap if self.area.flush_right else layout.block.left - gap - side
        top = (layout.block.top + layout.block.bottom - side) // 2
        return layout, Box(left, top, left + side, top + side)
