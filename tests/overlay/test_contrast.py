"""Contrast is measured as WCAG defines it, and accents come from the picture."""

import pytest
from PIL import Image

from imagegen.overlay.grounds import contrast


@pytest.mark.parametrize(("level", "expected"), [(255, 1.0), (0, 21.0), (118, 4.5)])
def test_contrast_is_that_of_wcag(level: int, expected: float) -> None:
    counts = contrast.count_luminances(Image.new("RGB", (10, 10), (level, level, level)))
    assert contrast.compute_contrast(contrast.find_quantile(counts, 0.5)) == pytest.approx(expected, rel=0.03)


def test_the_accent_is_the_pictures_most_vivid_colour() -> None:
    image = Image.new("RGB", (1200, 630), "#888")
    image.paste((200, 40, 30), (300, 200, 700, 500))
    red, green, blue = contrast.choose_accent(image)
    assert red > 200 > max(green, blue)
    assert contrast.choose_accent(Image.new("RGB", (1200, 630), "#777")) == (236, 238, 242)
