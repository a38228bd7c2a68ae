"""The metadata of a finished picture is a function of its provenance."""

from imagegen.overlay.encoding import Provenance, build_xmp

REAL = Provenance("openai", 'gpt-image-2 "quoted" <&>', offline=False)
OFFLINE = Provenance("offline", "gpt-image-2", offline=True)


def test_the_metadata_holds_nothing_that_changes() -> None:
    assert build_xmp(REAL) == build_xmp(REAL)
    assert build_xmp(REAL) != build_xmp(OFFLINE)
