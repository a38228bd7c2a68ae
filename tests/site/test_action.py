"""The action for pull requests: its scripts, run in a clone of a remote, with a ``gh`` that keeps notes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from imagegen.site.record import PLACE, name_file
from tests.doubles.provider.openai_server import OpenAIServer
from tests.site.sites import HUGO

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "examples" / "covers"
POST = "---\ntitle: 'New `post` ``` $(touch stolen)'\n---\ntext\n"
GH = """#!{python}
import json, sys
from pathlib import Path
notes = Path({notes!r})
called = json.loads(notes.read_text()) if notes.exists() else []
if "--jq" in sys.argv:
    print("77" if called else "")
else:
    body = next(word for word in sys.argv if word.startswith("body=@"))
    notes.write_text(json.dumps([*called, [sys.argv[1:], Path(body[6:]).read_text()]]))
    sys.exit({status})
"""
IMAGEGEN = """#!/bin/sh
exec {python} -c 'from workflows.cli import main; main()' "$@"
"""


class Repository:
    """A clone of a remote repository, on the branch of a pull request with a post that is new."""

    def __init__(self, folder: Path) -> None:
        self.remote, self.clone, self._folder = folder / "remote", folder / "clone", folder
        self.notes = folder / "notes.json"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.remote), cwd=folder)
        self.git("clone", "--quiet", str(self.remote), str(self.clone), cwd=folder)
        HUGO.write(self.clone)
        self.commit("site")
        self.git("push", "--quiet", "origin", "HEAD:main")
        self.base = self.git("rev-parse", "HEAD")
        (self.clone / "content/posts/ä new.md").write_text(POST)
        self.commit("post")
        self.git("push", "--quiet", "origin", "HEAD:refs/heads/topic")
        self.set_programs()

    def set_programs(self, *, comment: int = 0) -> None:
        """Put ``gh``, which ends with the status ``comment``, and ``imagegen`` on the path."""
        programs = self._folder / "bin"
        programs.mkdir(exist_ok=True)
        for name, text in (
            ("gh", GH.format(python=sys.executable, notes=str(self.notes), status=comment)),
            ("imagegen", IMAGEGEN.format(python=sys.executable)),
        ):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=cwd or self.clone, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", message)

    def run(self, mode: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run the script of a mode as the action does."""
        settings = {
            "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self._folder),
            "GITHUB_REPOSITORY": "me/site",
            "GITHUB_STEP_SUMMARY": str(self._folder / "summary.md"),
            "CAP": "0.50",
            "CONTENT": ".",
            "STORE": str(self._folder / "store"),
            "OPTIONS": "--offline",
            "BASE": self.base,
            "BRANCH": "topic",
            "NUMBER": "12",
        }
        return subprocess.run(
            [ACTION / f"{mode}.sh"],
            cwd=self.clone,
            env=settings | changes,
            check=False,
            capture_output=True,
            text=True,
        )

    @property
    def summary(self) -> str:
        return (self._folder / "summary.md").read_text()

    def comments(self) -> list[Any]:
        """What ``gh`` was called with, and the bodies that it was given."""
        return list(json.loads(self.notes.read_text())) if self.notes.exists() else []


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_plan_is_a_comment_on_the_new_post_alone_which_is_kept_up_to_date(repository: Repository) -> None:
    done = repository.run("plan", OPTIONS="")
    assert done.returncode == 0, done.stderr
    ((words, body),) = repository.comments()
    assert words[words.index("--method") + 1] == "POST"
    assert "repos/me/site/issues/12/comments" in words
    assert "hugo, content/posts: 1 new" in body
    assert "1 to generate for $0." in body
    assert "first.md" not in body  # it is on the main branch
    assert "No run spends more than $0.50." in body
    assert all(line.startswith("    ") for line in body.splitlines() if "`" in line)  # no title ends the block
    assert repository.summary == body
    assert repository.run("plan").returncode == 0
    again = repository.comments()[1][0]
    assert again[again.index("--method") + 1] == "PATCH"
    assert "repos/me/site/issues/comments/77" in again
    assert repository.git("status", "--porcelain") == ""


def test_the_covers_are_committed_and_the_next_plan_is_empty(repository: Repository) -> None:
    done = repository.run("make")
    assert done.returncode == 0, done.stderr
    changed = repository.git("-c", "core.quotePath=false", "show", "--format=%an %s", "--name-only", "origin/topic")
    assert changed.splitlines() == [
        *("github-actions[bot] Add covers", "", f"{PLACE}/{name_file('content/posts/ä new.md')}"),
        *("content/posts/ä new.md", "static/images/covers/a-new.jpg"),
    ]
    assert repository.git("rev-parse", "HEAD") == repository.git("rev-parse", "origin/topic")
    head = repository.git("rev-parse", "HEAD")
    assert repository.run("make").returncode == 0
    assert repository.git("rev-parse", "HEAD") == head
    assert repository.run("plan").returncode == 0
    assert repository.comments() == []  # nothing to say, and nothing was said before
    assert not list(repository.clone.rglob("stolen"))


def test_a_cap_that_is_too_low_stops_everything(repository: Repository) -> None:
    head = repository.git("rev-parse", "HEAD")
    done = repository.run("make", CAP="0.001", OPTIONS="", OPENAI_API_KEY="none")
    assert done.returncode == 2
    assert "more than the cap of $0.001" in done.stderr
    assert repository.git("rev-parse", "origin/topic") == head


def test_a_post_that_cannot_be_read_is_named_in_the_comment_and_the_others_are_committed(
    repository: Repository,
) -> None:
    (repository.clone / "content/posts/broken.md").write_text("---\ntitle: [open\n---\n")
    repository.commit("broken")
    assert repository.run("plan").returncode == 1
    assert "content/posts/broken.md is left alone: its front matter is no YAML" in repository.comments()[0][1]
    repository.git("push", "--quiet", "origin", "HEAD:refs/heads/topic")
    assert repository.run("make").returncode == 1
    assert repository.git("log", "-1", "--format=%s", "origin/topic") == "Add covers"


def test_a_token_that_may_not_comment_leaves_the_plan_in_the_summary(repository: Repository) -> None:
    repository.set_programs(comment=1)
    done = repository.run("plan")
    assert done.returncode == 0
    assert "::warning::The plan is in this run's summary alone" in done.stdout
    assert "1 new" in repository.summary


def test_settings_of_the_pull_request_reach_no_run(repository: Repository) -> None:
    with OpenAIServer() as evil, OpenAIServer() as ours:
        (repository.clone / ".env").write_text(f"OPENAI_BASE_URL={evil.url}\nMAX_BATCH_COST_USD=99\n")
        repository.commit("settings")
        for mode in ("plan", "make"):
            repository.run(mode, OPTIONS="", **ours.environment)
        assert (len(evil.calls), len(ours.calls)) == (0, 1)


def test_covers_that_git_ignores_are_named_and_not_committed(repository: Repository) -> None:
    (repository.clone / ".gitignore").write_text("static/images/\n")
    repository.commit("ignore")
    head = repository.git("rev-parse", "HEAD")
    done = repository.run("make")
    assert done.returncode == 1
    assert "static/images/covers/a-new.jpg" in done.stdout
    assert "::error::.gitignore keeps these covers out" in done.stdout
    assert repository.git("rev-parse", "HEAD") == head


def test_a_plan_of_many_posts_fits_into_a_comment(repository: Repository) -> None:
    for number in range(1_500):
        (repository.clone / f"content/posts/{number}.md").write_text(f"---\ntitle: Ü{number}\n---\n")
    repository.commit("many")
    done = repository.run("plan")
    assert done.returncode == 0, done.stderr
    ((_, body),) = repository.comments()
    assert 59_000 < len(body.encode()) < 65_536
    assert body.endswith("\n\nNo run spends more than $0.50.\n")


def test_a_base_that_is_not_there_is_named_in_the_comment(repository: Repository) -> None:
    assert repository.run("plan", BASE="0" * 40).returncode != 0
    ((_, body),) = repository.comments()
    assert "fatal: " in body


def test_a_branch_that_has_moved_on_is_not_written_over(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "other")
    (repository.clone / "content/posts/third.md").write_text(POST)
    repository.commit("third")
    repository.git("push", "--quiet", "origin", "HEAD:refs/heads/topic")
    repository.git("checkout", "--quiet", "-")
    assert repository.run("make").returncode != 0
    assert repository.git("log", "-1", "--format=%s", "origin/topic") == "third"


def test_workflow_and_action_grant_little_and_pin_all_that_they_use() -> None:
    import yaml

    workflow = yaml.safe_load((ACTION / "covers.yml").read_text())
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    plan, make = workflow["jobs"]["plan"], workflow["jobs"]["make"]
    assert workflow["permissions"] == {"contents": "read"}
    assert plan["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert make["permissions"] == {"contents": "write"}
    assert (make["needs"], make["environment"]) == ("plan", "covers")
    assert "secrets." not in json.dumps(plan)
    assert workflow[True].keys() == {"pull_request"}  # YAML reads the key `on` as yes
    steps = [*plan["steps"], *make["steps"], *action["runs"]["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in used), used
    # What a pull request says reaches no script but by the environment.
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]
    assert {step["with"]["max-cost"] for step in steps if "max-cost" in step.get("with", {})} == {"${{ env.CAP }}"}
