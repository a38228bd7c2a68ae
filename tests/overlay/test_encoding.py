"""Finished pictures in every format: their metadata, their bounds, the same bytes for the same picture."""

import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from imagegen.overlay.design import FORMATS
from imagegen.overlay.encoding import SETTINGS, Provenance, build_xmp, encode, encode_thumbnail
from imagegen.overlay.sizes import SIZES
from storage.mediatypes import SNIFFED, guess_by_ending, sniff
from tests.doubles.pictures import gradient, noise, photograph

REAL = Provenance("openai", 'gpt-image-2 "quoted" <&>', offline=False)
OFFLINE = Provenance("offline", "gpt-image-2", offline=True)
LEAST_LIKE = {"jpeg": 3.0, "webp": 5.0, "avif": 3.0, "png": 0.0}
"""The mean difference of a channel's value, in 255ths, that a photograph's format may show."""


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def read_xmp(data: bytes) -> dict[str, str]:
    """Return what a picture's XMP packet says, wherever its format keeps it."""
    with Image.open(io.BytesIO(data)) as image:
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    root = ET.fromstring(packet)
    (said,) = [element.attrib for element in root.iter() if element.tag.endswith("}Description")]
    return {name.rpartition("}")[2]: value for name, value in said.items()}


def test_the_metadata_holds_nothing_that_changes() -> None:
    assert build_xmp(REAL) == build_xmp(REAL)
    assert build_xmp(REAL) != build_xmp(OFFLINE)


@pytest.mark.parametrize("picture_format", FORMATS)
@pytest.mark.parametrize("provenance", [REAL, OFFLINE])
def test_every_format_says_that_the_picture_was_generated_and_by_whom(
    picture_format: str, provenance: Provenance
) -> None:
    data = encode(gradient(1), picture_format, provenance)
    said = read_xmp(data)
    term = "algorithmicMedia" if provenance.offline else "trainedAlgorithmicMedia"
    assert said["DigitalSourceType"] == f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
    assert (said["provider"], said["model"]) == (provenance.provider, provenance.model)
    assert b"W5M0MpCehiHzreSzNTczkc9d" in data


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_format_is_what_it_says_and_a_picture_s_bytes_are_always_the_same(picture_format: str) -> None:
    picture = photograph(1).resize((600, 315))
    data = encode(picture, picture_format, REAL)
    assert opened(data).size == picture.size
    assert sniff(data[:SNIFFED]) == guess_by_ending("picture." + {"jpeg": "jpg"}.get(picture_format, picture_format))
    assert encode(picture, picture_format, REAL) == data


@pytest.mark.parametrize("picture_format", FORMATS)
def test_without_a_bound_a_picture_is_encoded_once_and_like_itself(
    picture_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, picture_format, SETTINGS[picture_format][:1])
    picture = photograph(2).resize((600, 315))
    again = opened(encode(picture, picture_format, REAL)).convert("RGB")
    pairs = zip(picture.tobytes(), again.tobytes(), strict=True)
    assert sum(abs(one - other) for one, other in pairs) / (600 * 315 * 3) <= LEAST_LIKE[picture_format]


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_bound_is_kept_even_by_the_busiest_picture(picture_format: str) -> None:
    bound = SIZES["og"].most_bytes
    assert bound
    picture = noise(1).crop((0, 0, 1200, 630))
    bounded = encode(picture, picture_format, REAL, most_bytes=bound)
    assert len(bounded) < len(encode(picture, picture_format, REAL))
    assert len(bounded) <= (bound if picture_format != "png" else 800_000)  # a byte of noise a pixel: 256 colours
    assert read_xmp(bounded)["model"] == REAL.model


def test_a_picture_that_fits_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []
    save = Image.Image.save

    def counted(image: Image.Image, *given: object, **options: object) -> None:
        saved.append(str(given[1]))
        save(image, *given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "save", counted)
    for picture_format in FORMATS:
        encode(gradient(1).resize((1200, 630)), picture_format, REAL, most_bytes=300_000)
    assert saved == ["JPEG", "WEBP", "AVIF", "PNG"]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1200, 630), (400, 210)),
        ((1200, 627), (400, 209)),
        ((1080, 1920), (400, 711)),
        ((2400, 1260), (400, 210)),
        ((300, 300), (400, 400)),
        ((2400, 800), (400, 133)),
    ],
)
def test_a_thumbnail_is_a_jpeg_of_one_width_in_the_picture_s_shape(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    small = encode_thumbnail(photograph(3).resize(size), OFFLINE)
    assert (small.width, small.height, small.format) == (*expected, "jpeg")
    assert (opened(small.data).size, opened(small.data).format) == (expected, "JPEG")
    assert read_xmp(small.data)["offline"] == "True"
