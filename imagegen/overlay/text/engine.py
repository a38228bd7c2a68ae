"""Which text engine Pillow has here, and the renderer's name, which says so.

Pillow shapes text with Raqm, HarfBuzz and the system's FriBiDi, and without FriBiDi falls back to a basic layout
without a word: no kerning, and no script that joins or reorders its letters. The two draw different pixels, so the
engine is part of the renderer's name, and the name is part of every leaf hash.
"""

import functools
import logging
from pathlib import Path

VERSION = 1
"""Raised whenever the pixels of any finished picture change; ``tests/overlay/test_golden.py`` watches it."""

OWN_FRIBIDI = Path(__file__).parents[3] / ".fribidi" / "libfribidi.so.0"
"""Where ``.ci/fribidi`` puts the library on machines that take no system packages."""

_log = logging.getLogger("imagegen")


@functools.cache
def shapes() -> bool:
    """Whether text is shaped (Raqm) or only laid side by side (basic). Says once when it is not."""
    _load_own_fribidi()
    # What features.check("raqm") reads, without the 20 ms of the modules that it loads besides.
    from PIL import _imagingft

    if not _imagingft.HAVE_RAQM:
        _log.warning(
            "FriBiDi (libfribidi.so.0) is missing: titles have no kerning, and titles in scripts that need shaping "
            "are refused; 'apt-get install libfribidi0' or 'brew install fribidi' mends it"
        )
    return bool(_imagingft.HAVE_RAQM)


def _load_own_fribidi() -> None:
    """Load the FriBiDi that a deploy put beside the code; Pillow, which asks for it by name, gets the one loaded."""
    if OWN_FRIBIDI.exists():
        import ctypes

        ctypes.CDLL(str(OWN_FRIBIDI))


def renderer() -> str:
    """What decides the pixels beside the inputs: the renderer's version and the text engine, such as ``1-raqm``."""
    return f"{VERSION}-{'raqm' if shapes() else 'basic'}"
