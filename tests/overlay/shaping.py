"""A mark for tests of titles in scripts whose letters join or reorder: they need FriBiDi on the machine."""

import pytest

from imagegen.overlay.text.engine import has_shaping

needs_shaping = pytest.mark.skipif(not has_shaping(), reason="FriBiDi (libfribidi.so.0) is not on this machine")
