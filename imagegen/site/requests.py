"""From a post to a row of a batch: its title, its description, who wrote it, and what its own ``cover:`` asks for."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from imagegen.site.posts import Post
from imagegen.site.site import Site

MAX_CONTEXT, MAX_BYLINE = 2_000, 80
"""Characters of a request's context and byline: a longer description is cut, a longer byline left out."""
MAX_AUTHORS = 5
THEMES = frozenset(
    {
        *("image", "src", "url", "path", "alt", "caption", "credit", "width", "height", "relative"),
        *("hidden", "hiddeninlist", "hiddeninsingle", "responsiveimages", "linkfullimages"),
    }
)
"""Keys of a block ``cover:``, in small letters, that belong to the site's theme; all others the post asks for."""
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
"""The tag of a language: ``de``, ``pt-BR``; ``index.de.md`` has it, too."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def find_overrides(post: Post) -> dict[str, Any]:
    """Return what the post's block ``cover:`` asks for, by the names of a row's fields, not yet validated."""
    cover = post.front.find(("cover",))
    if not isinstance(cover, Mapping):
        return {}
    named = ((str(name).casefold() if post.front.folded else str(name), value) for name, value in cover.items())
    return {name: value for name, value in named if name.casefold() not in THEMES}


def build_row(post: Post, site: Site) -> dict[str, Any]:
    """Return the post's row. What it asks for itself wins over what is taken from its text."""
    context = post.find_text("description", "summary", "excerpt", "subtitle")
    row: dict[str, Any] = {
        "prompt": post.title,
        # Asterisks mark a highlight only where somebody wrote them for a cover.
        "title": post.title.replace("*", r"\*"),
    }
    row |= {"context": context[:MAX_CONTEXT]} if context else {}
    language = _find_language(post)
    row |= {"language": language} if language else {}
    foot = _find_byline(post, site)
    row |= {"byline": foot} if foot else {}
    return row | find_overrides(post)


def digest(post: Post) -> str:
    """Return a hash of what a cover is made anew for: the post's title, and what it asks for itself.

    Empty for what is no JSON, and so no request either: it equals no hash.
    """
    try:
        asked = json.dumps([post.title, find_overrides(post)], sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _find_language(post: Post) -> str:
    """Return the language that the post or its file's name gives; empty for a value that is no tag of one."""
    own = post.find_text("lang", "language", "locale") or post.stem.partition(".")[2]
    return own if _TAG.fullmatch(own) else ""


def _find_byline(post: Post, site: Site) -> str:
    if site.byline == "none":
        return ""
    day = _DAY.match(post.date)
    date = day[0] if day else ""
    names = _list_names(post.front.find_param("author") or post.front.find_param("authors"))
    foot = ", ".join(site.authors.get(name, name) for name in names) if names and site.byline == "author" else date
    return foot if len(foot) <= MAX_BYLINE else ""


def _list_names(value: Any) -> list[str]:
    """Return the names in ``author`` or ``authors``: a text, an object with a name, or a list of these."""
    people = value if isinstance(value, list) else [value]
    names = [person.get("name") if isinstance(person, Mapping) else person for person in people[:MAX_AUTHORS]]
    return [name.strip() for name in names if isinstance(name, str) and name.strip()]
