"""The likeness of two pictures: SSIM and PSNR over their three channels, by Pillow alone.

SSIM is Wang, Bovik, Sheikh and Simoncelli's (IEEE Transactions on Image Processing, 13(4), 2004), in even windows of
8×8 pixels in two grids that are half a window apart, with their constants for eight bits.
"""

import math
from typing import Any

from PIL import ImageChops, ImageMath, ImageStat
from PIL.Image import Image, Resampling

WINDOW = 8
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def measure_ssim(first: Image, second: Image) -> float:
    """Return the mean structural similarity of two RGB pictures of one size: 1 for equal ones."""
    half = WINDOW // 2
    box = (half, half, first.width, first.height)
    grids = ((first, second), (first.crop(box), second.crop(box)))
    found = [_compare(one, other) for a, b in grids for one, other in zip(a.split(), b.split(), strict=True)]
    return sum(found) / len(found)


def measure_psnr(first: Image, second: Image) -> float:
    """Return the ratio of the peak to the error of two RGB pictures of one size, in decibels."""
    squares = ImageStat.Stat(ImageChops.difference(first, second)).sum2
    error = sum(squares) / (3 * first.width * first.height)
    return 10 * math.log10(255**2 / error) if error else math.inf


def _compare(first: Image, second: Image) -> float:
    def evaluate(formula: Any, **images: Image) -> Image:
        found: Image = ImageMath.lambda_eval(formula, **images)
        return found

    a, b = first.convert("F"), second.convert("F")
    mean_a, mean_b = a.reduce(WINDOW), b.reduce(WINDOW)
    square_a = evaluate(lambda i: i["a"] * i["a"], a=a).reduce(WINDOW)
    square_b = evaluate(lambda i: i["b"] * i["b"], b=b).reduce(WINDOW)
    product = evaluate(lambda i: i["a"] * i["b"], a=a, b=b).reduce(WINDOW)

    def formula(i: Any) -> Any:
        means = i["ma"] * i["mb"]
        spread = i["aa"] - i["ma"] * i["ma"] + i["bb"] - i["mb"] * i["mb"]
        above = (2 * means + _C1) * (2 * (i["ab"] - means) + _C2)
        return above / ((i["ma"] * i["ma"] + i["mb"] * i["mb"] + _C1) * (spread + _C2))

    index = evaluate(formula, ma=mean_a, mb=mean_b, aa=square_a, bb=square_b, ab=product)
    whole = (index.width * WINDOW, index.height * WINDOW)
    inside = index.crop((0, 0, min(whole[0], a.width) // WINDOW, min(whole[1], a.height) // WINDOW))
    mean: Any = inside.resize((1, 1), Resampling.BOX).getpixel((0, 0))
    return float(mean)
