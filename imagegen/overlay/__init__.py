"""The title overlay: a provider's picture in, the finished 1200×630 picture and its thumbnail out.

Importing this package loads neither Pillow nor a font; ``compose`` does when it is first called.
"""

from imagegen.overlay.fonts import FONTS
from imagegen.overlay.templates import TEMPLATES

__all__ = ["FONTS", "TEMPLATES"]
