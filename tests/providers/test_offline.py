"""The offline painter: quick, free, the same every time, different for every request, and honest about it."""

import io
import itertools
import json
import os
import random
import statistics
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
from imagegen.providers.offline.motifs import MOTIFS, Motif, find_motif
from imagegen.providers.offline.styles import STYLE_PAINTERS
from imagegen.request.prompts import STYLES, picture_prompt
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


@pytest.mark.parametrize("style", STYLE_PAINTERS)
@pytest.mark.parametrize("motif", MOTIFS)
def test_every_motif_can_be_painted_in_every_style(motif: Motif, style: str) -> None:
    image = STYLE_PAINTERS[style]((384, 256), random.Random(1), motif)
    assert image.size == (384, 256)
    assert max(ImageStat.Stat(image).stddev) > 8


def test_other_processes_paint_the_same_bytes() -> None:
    code = (
        "import hashlib; from tests.providers.test_offline import REQUEST, STYLES, paint, replace; "
        "print([hashlib.sha256(paint(replace(REQUEST, options={'style': each}))).hexdigest() for each in STYLES])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def list_batch() -> list[PictureRequest]:
    """The requests of the ten pictures that ``make run`` paints."""
    prompts, models, style, *_ = json.loads((ROOT / "batch.json").read_text())
    return [
        PictureRequest(model, picture_prompt(prompt, style=style), (1536, 1024), {"style": style})
        for prompt in prompts
        for model in models
    ]


def test_the_ten_pictures_of_the_batch_show_ten_different_things() -> None:
    """Any two of ten hills and skylines used to differ by 23 at least and 32 in the middle; now it is 37 and 73."""
    small = [decode(paint(each)).image.convert("RGB").resize((48, 32)) for each in list_batch()]
    found = [sum(ImageStat.Stat(ImageChops.difference(*pair)).mean) / 3 for pair in itertools.combinations(small, 2)]
    assert min(found) > 30
    assert statistics.median(found) > 60


def test_some_of_the_ten_pictures_are_bright_and_some_are_dark() -> None:
    lights = [ImageStat.Stat(decode(paint(each)).image.convert("L")).mean[0] for each in list_batch()]
    assert sum(light > 150 for light in lights) >= 3
    assert sum(light < 90 for light in lights) >= 3


@pytest.mark.parametrize(
    ("prompt", "motif"),
    [
        ("A lighthouse at dawn", "coast"),
        ("A red fox", "fox"),
        ("Climbing a mountain", "mountains"),
        ("The city never sleeps", "town"),
        ("A graph of data", "network"),
        ("CLOUDS over Europe", "balloons"),
        ("Libraries of the north", "shelves"),
    ],
)
def test_words_of_the_prompt_ask_for_a_motif(prompt: str, motif: str) -> None:
    for style in STYLES:
        assert find_motif(picture_prompt(prompt, style=style), len(style)).__name__ == f"_draw_{motif}"
    assert find_motif(prompt, 0).__name__ == f"_draw_{motif}"


def test_only_the_subject_asks() -> None:
    """The rest of what a model is asked for speaks of landscapes, skies, light and print in every prompt."""
    prompt = picture_prompt("Nothing known", style="anime", context="A lighthouse")
    assert {find_motif(prompt, turn) for turn in range(len(MOTIFS))} == set(MOTIFS)


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
