"""The title overlay: takes a provider's picture, gives the finished 1200×630 picture and its thumbnail.

Importing this package loads neither Pillow nor a font; ``compose`` does when it is first called.
"""

from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS

__all__ = ["FONTS", "TEMPLATES"]
