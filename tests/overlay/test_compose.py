"""From a provider's bytes to two JPEGs: sizes, metadata, determinism, and refusals before anything is paid for."""

import hashlib
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from imagegen.errors import PermanentFailure
from imagegen.overlay import compose
from imagegen.overlay.compose import Design, Provenance
from imagegen.overlay.sizes import SIZES
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.areas import Align
from tests.doubles.pictures import encoded, gradient, noise, photograph
from tests.overlay.shaping import needs_shaping

ROOT = Path(__file__).parents[2]
MAX_BYTES = SIZES["og"].most_bytes or 0
REAL = Provenance("openai", 'gpt-image-2 "quoted" <&>', offline=False)
OFFLINE = Provenance("offline", "gpt-image-2", offline=True)
CASES = [
    ("Why fan-out beats sequential generation", "bottom-bar", "inter"),
    ("画像を一括生成する 🚀", "left-panel", "bangers"),
    ("Ünïcödé & more", "center-box", "playfair"),
    ("مرحبا (fan-out)", "overlay-bottom", "poppins"),
    ("Go", "overlay-center", "press-start-2p"),
]


def composed(title: str, template: str, font: str, provenance: Provenance = OFFLINE) -> compose.Composed:
    picture = compose.decode(encoded(gradient(3)))
    return compose.compose(picture, Design(title, template, font), provenance=provenance)


def digest(case: tuple[str, str, str]) -> str:
    done = composed(*case)
    return hashlib.sha256(done.pictures["og"].data + done.thumbnail.data).hexdigest()


def test_the_picture_and_its_thumbnail_have_the_promised_form() -> None:
    done = composed(*CASES[0])
    image, thumbnail = Image.open(io.BytesIO(done.pictures["og"].data)), Image.open(io.BytesIO(done.thumbnail.data))
    assert (image.format, image.size, image.mode) == ("JPEG", (1200, 630), "RGB")
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (400, 210))


@pytest.mark.parametrize("make", [photograph, noise])
def test_even_the_busiest_picture_stays_small(make: Callable[[int], Image.Image]) -> None:
    picture = compose.decode(encoded(make(1)))
    done = compose.compose(picture, Design("Go", "left-panel", "inter"), provenance=OFFLINE)
    assert len(done.pictures["og"].data) <= MAX_BYTES
    assert len(done.thumbnail.data) <= MAX_BYTES // 6


@pytest.mark.parametrize(("provenance", "offline"), [(REAL, "False"), (OFFLINE, "True")])
def test_the_picture_says_that_it_was_generated_and_by_whom(provenance: Provenance, offline: str) -> None:
    done = composed(*CASES[0], provenance)
    for made in (done.pictures["og"], done.thumbnail):
        with Image.open(io.BytesIO(made.data)) as image:
            root = ET.fromstring(image.info["xmp"])
        (said,) = [element.attrib for element in root.iter() if element.tag.endswith("}Description")]
        by_name = {name.rpartition("}")[2]: value for name, value in said.items()}
        term = "algorithmicMedia" if provenance.offline else "trainedAlgorithmicMedia"
        assert by_name["DigitalSourceType"] == f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
        assert (by_name["provider"], by_name["model"]) == (provenance.provider, provenance.model)
        assert by_name["offline"] == offline


@needs_shaping
def test_threads_and_order_do_not_change_a_byte() -> None:
    alone = [digest(case) for case in CASES]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(digest, [*reversed(CASES), *CASES]))
    assert together == [*reversed(alone), *alone]


@needs_shaping
def test_another_process_makes_the_same_bytes() -> None:
    code = (
        "import json; from tests.overlay.test_compose import CASES, digest; "
        "print(json.dumps([digest(case) for case in CASES]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [digest(case) for case in CASES]


@needs_shaping
@pytest.mark.parametrize("title", ["plain ASCII", "Ünïcödé 🚀", "日本語", "مرحبا"])
def test_a_title_that_can_be_drawn_passes_the_check(title: str) -> None:
    assert compose.check_texts(Design(title, "bottom-bar", "creepster")) == {}


@pytest.mark.parametrize("title", ["   ", "\n", "\u200b", "𓀀"])
def test_a_title_that_cannot_be_drawn_is_refused_by_check_and_composition_alike(title: str) -> None:
    message = compose.check_texts(Design(title, "bottom-bar", "inter"))["title"]
    assert message
    with pytest.raises(PermanentFailure) as failure:
        composed(title, "bottom-bar", "inter")
    assert (failure.value.kind, str(failure.value)) == ("title_not_drawable", message)


def test_checking_an_ascii_title_loads_nothing() -> None:
    code = (
        "import sys; from imagegen.overlay.compose import Design, check_texts; "
        "check_texts(Design('Why fan-out', 'split', 'inter')); "
        "print('PIL' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_warming_up_leaves_nothing_to_load() -> None:
    code = """
import sys
from imagegen.overlay import compose
from tests.doubles.pictures import encoded, gradient
data = encoded(gradient())
compose.warm_up("inter")
before = set(sys.modules)
provenance = compose.Provenance("offline", "test", True)
compose.compose(compose.decode(data), compose.Design("Go", "center-box", "inter"), provenance=provenance)
print(sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_one_more_template_needs_no_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TEMPLATES, "top-corner", replace(TEMPLATES["overlay-center"], align=Align.START))
    corner, centre = (composed("One more", name, "inter").pictures["og"] for name in ("top-corner", "overlay-center"))
    assert corner.data != centre.data
