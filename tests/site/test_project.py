"""``imagegen.toml``: found, read, and everything that is wrong with it named by key."""

from pathlib import Path

import pytest

from imagegen.errors import RequestError
from imagegen.project import Project, find_project
from imagegen.site.generators import GENERATORS
from imagegen.site.initial import write_settings


def test_the_nearest_settings_upwards_count(tmp_path: Path) -> None:
    below = tmp_path / "content" / "posts"
    below.mkdir(parents=True)
    (tmp_path / "imagegen.toml").write_text(
        '[batch]\nstyle = "Watercolor"\nsizes = "square"\n[site]\nfield = "image"\n'
    )
    project = find_project(below)
    assert project.file == tmp_path / "imagegen.toml"
    assert (project.defaults, project.site) == ({"style": "Watercolor", "sizes": "square"}, {"field": "image"})


def test_no_settings_are_no_problem(tmp_path: Path) -> None:
    assert find_project(tmp_path) == Project()


def test_a_batchs_own_value_wins_and_a_brand_keeps_its_look_open() -> None:
    project = Project(None, {"style": "watercolor", "brand": "harbour"})
    assert project.fill({"style": "cinematic"}) == {
        "models": ["gpt-image-2"],
        "style": "cinematic",
        "brand": "harbour",
    }
    assert Project().fill({})["font"] == "inter"


def test_every_problem_is_named_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "imagegen.toml").write_text(
        '[batch]\ntempalte = "left-panel"\nfont = "intr"\nmax_cost_usd = -1\nsizes = ["huge"]\nprompts = ["x"]\n'
        '[site]\ngenerator = 1\nfield = "a.b.c"\npictures = "../x"\ncontent = "/etc"\nbyline = "me"\nfeild = "x"\n'
        'sizes = ["tiny"]\n[sight]\n'
    )
    with pytest.raises(RequestError) as raised:
        find_project(tmp_path)
    told = {problem.field.removeprefix("imagegen.toml: "): problem.expected for problem in raised.value.problems}
    assert told.keys() == {
        *("sight", "batch.tempalte", "batch.font", "batch.max_cost_usd", "batch.sizes[0]", "batch.prompts"),
        *("site.generator", "site.field", "site.pictures", "site.content", "site.byline", "site.feild", "site.sizes"),
    }
    assert "did you mean 'template'?" in told["batch.tempalte"]
    assert "did you mean 'field'?" in told["site.feild"]
    assert "did you mean 'site'?" in told["sight"]
    assert "did you mean 'inter'?" in told["batch.font"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[batch\n", "mistake in it"),
        (b"\xff", "not UTF-8"),
        (b"batch = 1\n", r"a table: \[batch\]"),
        (b"# " + b"x" * 1_000_000, "at most 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_settings_is_named(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "imagegen.toml").write_bytes(data)
    with pytest.raises(RequestError, match=why):
        find_project(tmp_path)


@pytest.mark.parametrize("generator", [*GENERATORS, None])
def test_the_first_settings_are_valid_with_every_comment_taken_away(tmp_path: Path, generator: object) -> None:
    text = write_settings(generator, tmp_path)  # type: ignore[arg-type]
    (tmp_path / "imagegen.toml").write_text(text)
    find_project(tmp_path)
    lines = [line.removeprefix("# ") if " = " in line else line for line in text.splitlines()]
    (tmp_path / "imagegen.toml").write_text("\n".join(lines))
    project = find_project(tmp_path)
    assert project.defaults.keys() >= {"models", "style", "brand", "theme", "context", "extra_prompt", "max_cost_usd"}
    assert set(project.site) == {"generator", "content", "field", "pictures", "url", "sizes", "byline"}
