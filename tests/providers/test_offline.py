"""The offline painter: quick, free, the same every time, different for every request, and honest about it."""

import io
import itertools
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from imagegen.overlay.compose import decode
from imagegen.providers import PictureRequest, connect
from imagegen.providers.offline import COMMENT, paint
from imagegen.providers.offline.styles import STYLE_PAINTERS
from imagegen.request.prompts import STYLES
from imagegen.settings import Settings

ROOT = Path(__file__).parents[2]
REQUEST = PictureRequest("gpt-image-2", "Why fan-out beats sequential generation", (768, 512), {"style": "anime"})


def difference(first: PictureRequest, second: PictureRequest) -> float:
    """How far apart two paintings look: the mean difference of their small versions, 0 to 255."""
    small = [decode(paint(request)).image.convert("RGB").resize((48, 32)) for request in (first, second)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3


def test_there_is_a_look_for_every_style() -> None:
    assert set(STYLE_PAINTERS) == set(STYLES)


@pytest.mark.parametrize("style", STYLE_PAINTERS)
@pytest.mark.parametrize("size", [(1536, 1024), (1024, 1024), (1376, 768), (1024, 1536)])
def test_every_style_paints_every_size_that_models_make(style: str, size: tuple[int, int]) -> None:
    picture = decode(paint(replace(REQUEST, size=size, options={"style": style})))
    assert (picture.width, picture.height, picture.format) == (*size, "JPEG")
    assert max(ImageStat.Stat(picture.image).stddev) > 8


@pytest.mark.parametrize("style", STYLE_PAINTERS)
def test_the_same_request_gives_the_same_bytes(style: str) -> None:
    request = replace(REQUEST, options={"style": style})
    assert paint(request) == paint(request)


def test_another_process_paints_the_same_bytes() -> None:
    code = (
        "import hashlib; from tests.providers.test_offline import REQUEST, paint; "
        "print(hashlib.sha256(paint(REQUEST)).hexdigest())"
    )
    outputs = {
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True).stdout for _ in range(2)
    }
    assert len(outputs) == 1


def test_another_prompt_model_style_or_variant_looks_different() -> None:
    others = [
        REQUEST,
        replace(REQUEST, prompt="Three retries"),
        replace(REQUEST, model="gemini-3-pro-image"),
        replace(REQUEST, options={"style": "neon"}),
        replace(REQUEST, variant=1),
    ]
    assert min(difference(first, second) for first, second in itertools.combinations(others, 2)) > 4


def test_a_request_without_a_style_is_painted_in_one_of_them() -> None:
    assert decode(paint(replace(REQUEST, options={}))).format == "JPEG"


def test_the_picture_says_that_it_was_painted_offline() -> None:
    with Image.open(io.BytesIO(paint(REQUEST))) as image:
        assert image.info["comment"].decode() == COMMENT


def test_painting_costs_nothing_and_takes_the_latency_that_is_asked_for() -> None:
    start = time.monotonic()
    generated = connect("offline", Settings(offline_latency=0.2)).generate(REQUEST)
    assert 0.2 <= time.monotonic() - start < 20
    assert generated.cost_usd == 0.0
    assert generated.data == paint(REQUEST)
