"""A brand as the overlay uses it."""

import re
from dataclasses import dataclass
from pathlib import Path

from imagegen.overlay.grounds.contrast import Colour
from imagegen.overlay.text.fonts import Font

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""The name of a brand: its folder's, as it can stand in a request."""


@dataclass(frozen=True, slots=True)
class Brand:
    """A valid brand. ``digest`` is the SHA-256 of all that decides its pixels: settings, logo, fonts and avatar.

    - ``accent``, ``ink`` and ``ground`` are its colours; None leaves the choice to the picture.
    - ``font`` draws the title and ``text_font`` the rest; None leaves them to the request.
    - ``logo_on_dark`` and ``logo_on_light`` are files of its logo for dark and light grounds.
    - ``corner`` is the logo's: ``top-left``, ``top-right``, ``bottom-left`` or ``bottom-right``.
    - ``template``, ``theme`` and ``byline`` are its defaults; empty ones leave them to the request.
    - ``avatar`` is a picture file that is shown, round, beside the byline.
    """

    name: str
    digest: str
    accent: Colour | None = None
    ink: Colour | None = None
    ground: Colour | None = None
    font: Font | None = None
    text_font: Font | None = None
    logo_on_dark: Path | None = None
    logo_on_light: Path | None = None
    corner: str = "top-left"
    template: str = ""
    theme: str = ""
    byline: str = ""
    avatar: Path | None = None

    @property
    def has_logo(self) -> bool:
        """True for a brand with a logo, in one variant or both."""
        return bool(self.logo_on_dark or self.logo_on_light)
