"""What a test needs of the machine to draw titles in scripts whose letters join or reorder."""

import pytest

from imagegen.overlay.text.engine import shapes

needs_shaping = pytest.mark.skipif(not shapes(), reason="FriBiDi (libfribidi.so.0) is not on this machine")
