"""Pillow's text engine on this machine, and the renderer's name, which contains it.

Pillow shapes text with Raqm, HarfBuzz and the system's FriBiDi. Without FriBiDi it falls back silently to a basic
layout: no kerning, and no script that joins or reorders its letters. The two engines draw different pixels, so the
engine is part of the renderer's name, and the name is part of every leaf hash.
"""

import functools
import logging
from pathlib import Path

from imagegen.errors import ConfigurationError

VERSION = 4
"""The version of the pixels. Raise it when any finished picture changes; ``tests/overlay/test_golden.py`` checks it."""

BUNDLED_FRIBIDI = Path(__file__).parents[3] / ".fribidi" / "libfribidi.so.0"
"""The library that ``.ci/fribidi`` puts beside the code on machines that take no system packages."""

_log = logging.getLogger("imagegen")


@functools.cache
def has_shaping() -> bool:
    """Tell if Pillow shapes text (Raqm) or only places glyph after glyph (basic). Warns once about the latter."""
    _load_bundled_fribidi()
    # The flag behind features.check("raqm"), without the 20 ms of the modules that it loads besides.
    from PIL import _imagingft

    if not _imagingft.HAVE_RAQM:
        _log.warning(
            "FriBiDi (libfribidi.so.0) is missing: titles have no kerning, and titles in scripts that need shaping "
            "are refused; 'apt-get install libfribidi0' or 'brew install fribidi' adds it"
        )
    return bool(_imagingft.HAVE_RAQM)


def require_shaping() -> None:
    """Raise ConfigurationError where Pillow cannot shape text."""
    if not has_shaping():
        raise ConfigurationError(
            "REQUIRE_SHAPING is true and FriBiDi (libfribidi.so.0) is missing: titles would have no kerning, pictures "
            "other names and batches other ids; 'apt-get install libfribidi0', 'brew install fribidi' or .ci/fribidi "
            "adds it, and REQUIRE_SHAPING=false does without"
        )


def _load_bundled_fribidi() -> None:
    """Load the FriBiDi beside the code, if there is one; Pillow asks for it by name and gets the loaded one."""
    if BUNDLED_FRIBIDI.exists():
        import ctypes

        ctypes.CDLL(str(BUNDLED_FRIBIDI))


def renderer() -> str:
    """Return the renderer's name: its version and the text engine, such as ``3-raqm``.

    Together with the inputs it decides every pixel.
    """
    return f"{VERSION}-{'raqm' if has_shaping() else 'basic'}"
