"""Titles laid alone, as a template has them on a canvas."""

from imagegen.overlay.block.placing import place_texts
from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import Stack
from imagegen.overlay.sizes import SIZES, Size
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.areas import TextArea
from imagegen.overlay.text.drawing import Layout
from imagegen.overlay.text.typeset import typeset

OG = SIZES["og"]
WRITTEN = [name for name, template in TEMPLATES.items() if template.ground]
"""The templates that show a title."""


def lay_alone(title: str, template: str, font: str = "inter", size: Size = OG) -> Stack:
    """Lay a title without any other text."""
    return place_texts({Role.TITLE: typeset(title, font)}, TEMPLATES[template], size)


def lay_title(title: str, template: str, font: str = "inter", size: Size = OG) -> Layout:
    return lay_alone(title, template, font, size).title


def find_area(template: str, size: Size = OG) -> TextArea:
    return TEMPLATES[template].measure_area(size)
