"""The six generators, as data: how a site is recognised, where its posts and pictures lie, which field is the cover."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Link = Literal["root", "base", "relative"]
"""An address from the site's root (``/img/a.jpg``), the same without its slash, or a path from the post."""


COVERS = (
    *(
        "image",
        "images",
        "img",
        "cover",
        "cover_image",
        "coverImage",
        "featured_image",
        "featuredImage",
        "feature_image",
    ),
    *("feature", "thumbnail", "banner", "hero", "heroImage", "header.image", "header.teaser", "og_image"),
    *("ogImage", "social_image", "socialImage"),
)
"""Keys that hold a cover in the theme of any generator."""
ADDRESSES = ("src", "url", "path", "image", "file", "href")
"""Keys of an object that is a picture."""
_NAMES = re.compile(r"image|img|cover|thumb|banner|hero|teaser|feature", re.IGNORECASE)
_OTHERS = re.compile(r"author|avatar|logo|icon", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#].*)?$", re.IGNORECASE)


def is_picture(value: Any) -> bool:
    """Tell if a value is the address of a picture, by its ending."""
    return isinstance(value, str) and _PICTURE.search(value.strip()) is not None


def names_cover(key: str) -> bool:
    """Tell if a key of a theme that nobody knows here is a cover's, by its words."""
    return _NAMES.search(key) is not None and _OTHERS.search(key) is None


def is_cover(value: Any, depth: int = 3) -> bool:
    """Tell if a value under a cover's key is a cover: a text, a list, an object with an address in it."""
    if isinstance(value, Mapping):
        return any(value.get(name) for name in ADDRESSES) or any(
            is_picture(inner) or (depth and isinstance(inner, Mapping) and is_cover(inner, depth - 1))
            for inner in value.values()
        )
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, list) and bool(value)


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator's conventions. Folders and files are relative to the site's root.

    ``configs`` are the files that tell it, ``content`` the folders of posts, the first that is there counts. ``field``
    is the cover's key, and a post with one of ``covers`` has a cover as well. ``alt``, ``width`` and ``height`` are the
    keys beside it. ``pictures`` is the folder of pictures, ``served`` the folder that is the root of
    addresses, ``link`` the kind of address. ``bundles``: the picture of a post ``index.md`` lies beside it.
    ``beside`` are keys that such a picture needs as well. ``toml``: it reads front matter in TOML, too. ``folded``: the
    case of keys does not count, and those below ``params`` count as those at the top.
    """

    name: str
    configs: tuple[str, ...]
    content: tuple[str, ...]
    field: str
    alt: str
    width: str
    height: str
    pictures: str
    served: str
    link: Link
    bundles: bool = False
    beside: tuple[tuple[str, bool], ...] = ()
    toml: bool = False
    folded: bool = False
    covers: tuple[str, ...] = COVERS


GENERATORS = (
    # Hugo itself knows `images` as a list for its Open Graph template; `cover.image` is PaperMod's and its kin's, and
    # has room for a text. absURL and relURL want no slash in front where a site lies in a folder of its host. A theme
    # takes a picture beside its post for one when `cover.relative` says so.
    Generator(
        name="hugo",
        configs=(
            *(f"{name}.{ending}" for name in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")),
            "config/_default",
        ),
        content=("content/posts", "content/post", "content/blog", "content"),
        field="cover.image",
        alt="cover.alt",
        width="cover.width",
        height="cover.height",
        pictures="static/images/covers",
        served="static",
        link="base",
        bundles=True,
        beside=(("cover.relative", True),),
        toml=True,
        folded=True,
    ),
    # jekyll-seo-tag documents image.path with width, height and alt beside it, and adds the base URL itself.
    Generator(
        name="jekyll",
        configs=("_config.yml", "_config.yaml", "_config.toml"),
        content=("_posts",),
        field="image.path",
        alt="image.alt",
        width="image.width",
        height="image.height",
        pictures="assets/images/covers",
        served="",
        link="root",
    ),
    # The blog starter's schema has heroImage; its image() takes a path from the post into src/.
    Generator(
        name="astro",
        configs=("astro.config.mjs", "astro.config.ts", "astro.config.js", "astro.config.mts", "astro.config.cjs"),
        content=("src/content/blog", "src/content/posts", "src/content", "src/data/blog", "src/pages"),
        field="heroImage",
        alt="heroImageAlt",
        width="heroImageWidth",
        height="heroImageHeight",
        pictures="src/assets/covers",
        served="",
        link="relative",
        toml=True,
    ),
    # Eleventy names no field. Its base blog copies public/ to the root of the site.
    Generator(
        name="eleventy",
        configs=("eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", ".eleventy.js"),
        content=("content/blog", "src/posts", "src/blog", "posts", "content"),
        field="image",
        alt="imageAlt",
        width="imageWidth",
        height="imageHeight",
        pictures="public/img/covers",
        served="public",
        link="root",
        toml=True,
    ),
    # `image` is the documented key of posts and pages; a relative one is looked for beside the post.
    Generator(
        name="docusaurus",
        configs=("docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs", "docusaurus.config.cjs"),
        content=("blog",),
        field="image",
        alt="image_alt",
        width="image_width",
        height="image_height",
        pictures="static/img/covers",
        served="static",
        link="root",
        bundles=True,
    ),
    # A theme reads page.meta.image, and MkDocs' filter `url` makes an address from a path in docs/.
    Generator(
        name="mkdocs",
        configs=("mkdocs.yml", "mkdocs.yaml"),
        content=("docs/blog/posts", "docs/posts", "docs/blog", "docs"),
        field="image",
        alt="image_alt",
        width="image_width",
        height="image_height",
        pictures="docs/assets/images/covers",
        served="docs",
        link="base",
    ),
)
BY_NAME = {generator.name: generator for generator in GENERATORS}


def recognise(root: Path) -> Generator | None:
    """Return the generator whose configuration lies in a folder; None when there is none."""
    return next((one for one in GENERATORS if any(_is_config(root / name) for name in one.configs)), None)


def _is_config(path: Path) -> bool:
    # Many programs have a config.toml; Hugo's lies beside a folder `content`.
    return path.exists() and (path.stem != "config" or (path.parent / "content").is_dir())


def find_posts(generator: Generator, root: Path) -> Path | None:
    """Return the folder of a site's posts; None when it is none of the usual ones."""
    return next((root / folder for folder in generator.content if (root / folder).is_dir()), None)


def find_top(generator: Generator, content: Path, root: Path) -> Path:
    """Return the folder of all that a site's posts can be moved to, as far as it holds ``content``; else that one."""
    usual = find_posts(generator, root)
    top = root / usual.relative_to(root).parts[0] if usual else content
    return top if content.is_relative_to(top) else content
