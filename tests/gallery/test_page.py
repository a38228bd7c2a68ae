import base64
import re
from hashlib import sha256

import pytest

from imagegen.gallery import from_page, render
from imagegen.results import LeafResult
from tests.doubles.batches import batch, failed, leaf
from tests.gallery.conftest import sized
from tests.gallery.reading import Page

HOSTILE = "<script>alert(1)</script>"


def test_every_pair_has_its_place_in_the_order_of_the_request() -> None:
    page = Page(
        render(
            batch(
                [
                    [leaf("a", "gpt-image-2"), leaf("a", "gemini-3-pro-image")],
                    [leaf("b"), leaf("b", "gemini-3-pro-image")],
                ]
            ),
            link=from_page,
        )
    )
    assert [cell["data-model"] for cell in page.all("li", "cell")] == ["gpt-image-2", "gemini-3-pro-image"] * 2
    assert next(page.all("img"))["alt"] == "a — gpt-image-2"


def test_thumbnails_are_lazy_keep_their_place_and_lead_to_the_whole_picture() -> None:
    pair = leaf("a")
    page = Page(render(batch([[pair]]), link=from_page))
    (thumbnail,) = (image for image in page.all("img") if image.get("src"))
    (link,) = page.all("a", "shot")
    assert pair.image
    assert pair.thumbnail
    assert thumbnail | {"alt": ""} == {
        "src": f"../../{pair.thumbnail.key}",
        "alt": "",
        "width": "400",
        "height": "210",
        "loading": "lazy",
        "decoding": "async",
    }
    assert link["href"] == f"../../{pair.image.key}"


def test_what_a_reader_wants_to_know_of_a_pair_stands_beneath_it() -> None:
    pairs = [
        leaf("a", "gpt-image-1", served_by="gpt-image-2", seconds=31.4, cost_usd=0.041),
        leaf("a", "gpt-image-2", reused=True, cost_usd=0.0, paid_calls=0),
        leaf("a", "gemini-3-pro-image", offline=True, cost_usd=0.0),
        leaf("a", "gemini-2.5-flash-image", cost_usd=None),
    ]
    text = Page(render(batch([pairs]), link=from_page)).text
    assert "gpt-image-1 served by gpt-image-2 31 s $0.041" in text
    assert "gpt-image-2 reused $0" in text
    assert "gemini-3-pro-image offline 12 s $0" in text
    assert "gemini-2.5-flash-image 12 s cost unknown" in text


def test_a_cell_names_all_its_pictures_and_says_what_their_links_share_once() -> None:
    pair = sized("a", "og", "story")
    story = pair.pictures["story"].key
    signed = "https://s3.example.com/b/{0}?X-Amz-Date=20261123T120000Z&X-Amz-Expires=9&X-Amz-Signature={0}"
    for link, expected in (
        (from_page, f"og 1200 630\nstory 1080 1920 {story.removeprefix('images/')}"),
        (signed.format, f"og 1200 630\nstory 1080 1920 {story.removeprefix('images/')} {story}"),
        (
            lambda key: f"https://cdn.example.com/{key}?{key}",
            f"og 1200 630\nstory 1080 1920 {story.removeprefix('images/')}?{story}",
        ),
        (
            lambda key: f"https://{key[-5]}.example.com/{key}",
            f"og 1200 630\nstory 1080 1920 https://{story[-5]}.example.com/{story}",
        ),
        (
            lambda key: f"data:image/jpeg;base64,/9j/{key}",
            f"og 1200 630\nstory 1080 1920 data:image/jpeg;base64,/9j/{story}",
        ),
    ):
        (shot,) = Page(render(batch([[pair]]), link=link)).all("a", "shot")
        assert shot["data-pictures"] == expected


def test_the_first_picture_stands_first_and_its_name_cannot_be_taken_for_more() -> None:
    pair = sized("a", "story", "og")
    pictures = {"og x\ny": pair.pictures["og"], "story": pair.pictures["story"]}
    (shot,) = Page(render(batch([[pair.model_copy(update={"pictures": pictures})]]), link=from_page)).all("a", "shot")
    assert [line.split(" ")[:3] for line in shot["data-pictures"].split("\n")] == [
        ["story", "1080", "1920"],
        ["og%20x%0Ay", "1200", "630"],
    ]


def test_an_older_record_s_picture_is_named_after_its_size() -> None:
    (shot,) = Page(render(batch([[leaf("a")]]), link=from_page)).all("a", "shot")
    assert shot["data-pictures"] == "1200x630 1200 630"


def test_cells_of_one_shape_stand_on_one_line_and_others_hang_from_their_titles() -> None:
    def look(*pairs: LeafResult) -> str:
        (matrix,) = Page(render(batch([[pair] for pair in pairs]), link=from_page)).all("ol", "matrix")
        return matrix["class"]

    assert look(leaf("a"), sized("b", "og")) == "matrix"
    assert look(leaf("a"), sized("b", "story")) == "matrix uneven"
    assert look(leaf("a"), sized("b", "og", "story")) == "matrix uneven"


def test_a_failure_stands_in_its_place_with_kind_and_message() -> None:
    page = Page(
        render(
            batch([[leaf("a"), failed("a", "gemini-3-pro-image", kind="rate_limited", message="Ask later.")]]),
            link=from_page,
        )
    )
    assert "Failed: rate limited Ask later. gemini-3-pro-image" in page.text
    assert len(list(page.all("a", "shot"))) == 1


def test_a_title_of_its_own_stands_above_the_prompt() -> None:
    page = Page(render(batch([[leaf("A long prompt", title="Short")]]), link=from_page))
    assert "Short A long prompt gpt-image-2" in page.text


def test_the_head_sums_the_batch_up() -> None:
    text = Page(render(batch([[leaf("a"), failed("a", "gemini-3-pro-image")]], variant=3), link=from_page)).text
    assert "1 prompt × 2 models 23 November 2026, 09:30 UTC · photorealistic · bottom-bar · inter · variant 3" in text
    assert "Pictures 1 of 2 Failed 1 Cost $0.041 Time 12 s One after another 25 s" in text


@pytest.mark.parametrize("field", ["prompt", "title", "model", "served_by"])
def test_no_text_of_a_batch_is_ever_markup(field: str) -> None:
    plain = Page(render(batch([[leaf("a", title="t", served_by="s")]]), link=from_page))
    page = Page(render(batch([[leaf("a", **({"title": "t", "served_by": "s"} | {field: HOSTILE}))]]), link=from_page))
    assert [name for name, _ in page.elements] == [name for name, _ in plain.elements]
    assert HOSTILE in page.text


def test_no_text_of_a_failure_is_ever_markup() -> None:
    page = render(batch([[failed("a", kind=HOSTILE, message=HOSTILE)]]), link=from_page)
    assert page.count(b"<script>") == 1


def test_the_policy_allows_the_page_s_own_script_and_style_and_nothing_else() -> None:
    page = render(batch([[leaf("a")]]), link=from_page)
    (policy,) = (
        meta["content"] for meta in Page(page).all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' file: data:"
    for name in ("script", "style"):
        content = re.search(rf"<{name}>(.*?)</{name}>", page.decode(), re.DOTALL)
        assert content
        digest = base64.b64encode(sha256(content[1].encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"


def test_no_element_carries_a_handler_or_a_style_of_its_own() -> None:
    page = Page(render(batch([[leaf("a"), failed("a")]]), link=from_page))
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on") or key == "style"]


def test_a_page_with_presigned_links_says_until_when_they_work() -> None:
    signed = "https://s3.example.com/b/{}?X-Amz-Date=20261123T120000Z&X-Amz-Expires=3600&X-Amz-Signature=0"
    page = render(batch([[leaf("a")]]), link=signed.format)
    assert "The links on this page work until 23 November 2026, 13:00 UTC at the latest." in Page(page).text
    assert b"img-src data: https://s3.example.com;" in page
    assert "work until" not in Page(render(batch([[leaf("a")]]), link=from_page)).text


def test_the_page_holds_the_command_that_makes_one_that_works() -> None:
    made = batch([[leaf("a")]])
    assert f"imagegen gallery {made.batch_id} --out gallery.html" in Page(render(made, link=from_page)).text


def test_a_result_without_its_matrix_is_refused_rather_than_shown_empty() -> None:
    made = batch([[leaf("a")]]).model_copy(update={"images": None})
    with pytest.raises(ValueError, match=re.escape(made.manifest_key)):
        render(made, link=from_page)


def test_a_time_that_is_none_is_shown_as_it_stands() -> None:
    assert "<b>soon" in Page(render(batch([[leaf("a")]], created_at="<b>soon"), link=from_page)).text


def test_a_thousand_cells_with_long_prompts_stay_under_a_megabyte() -> None:
    rows = [[leaf(f"{row:03} {'é' * 290}", f"gpt-image-{column}") for column in range(5)] for row in range(200)]
    page = render(batch(rows), link=from_page)
    assert page.count(b"loading=") == 1000
    assert len(page) < 1_000_000


def test_a_further_size_takes_little_more_than_its_link() -> None:
    def size(*names: str) -> int:
        rows = [[sized(f"{row:03}", *names, model=f"m{column}") for column in range(5)] for row in range(40)]
        return len(render(batch(rows), link=from_page))

    more = (size("og", "square", "story", "x") - size("og")) / (200 * 3)
    assert more <= len("square 1080 1080 ") + 64 + len(".jpg ")
