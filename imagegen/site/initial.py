"""The first ``imagegen.toml`` of a project: every key with a comment, and those of its generator filled in."""

from contextlib import suppress
from pathlib import Path

from imagegen.errors import ConfigurationError
from imagegen.site.folders import rename_folders
from imagegen.site.generators import GENERATORS, Generator, find_posts

_TEXT = """\
# Settings of this project for imagegen: https://toml.io says how to write them. A line behind # is not read.
# What a batch, or a post's own block `cover:`, says itself wins over what stands here.

[batch]
models = ["gpt-image-2"]        # imagegen catalog lists models, prices, styles, templates and fonts
style = "cinematic"
template = "bottom-bar"         # imagegen preview "Some title" --template all shows them
font = "inter"
# brand = "harbour"             # the folder brands/harbour/: colours, logo, fonts, byline
# theme = "light"               # or "dark"
# language = "en"               # without it the title itself decides
# context = "for a blog about slow technology"
# extra_prompt = "no people"
# format = "jpeg"               # or "webp", "avif", "png"
max_cost_usd = 1.0              # no run spends more than this, in US dollars

[site]
{generator}
{content}
# field = "{field}"{pad}# the key of the cover
# pictures = "{pictures}"
# url = "{url}"{url_pad}# what stands before a picture's name; without it, what the generator needs
# sizes = ["og"]                # the first is the cover; others lie beside it: slug-square.jpg
# byline = "author"             # or "date", or "none"
"""


def write_settings(generator: Generator | None, root: Path) -> str:
    """Return the text of the settings that suit a site; without a generator its name is left open."""
    with suppress(ConfigurationError):  # whose words advise to write the very file that is written here
        generator = generator and rename_folders(generator, root)
    shown = generator or GENERATORS[0]
    posts = generator and find_posts(generator, root)
    url = f"/{shown.pictures.removeprefix(shown.served).strip('/')}/"
    names = ", ".join(one.name for one in GENERATORS)
    return _TEXT.format(
        generator=f'generator = "{generator.name}"' if generator else f'# generator = "{shown.name}"  # or {names}',
        content=f'content = "{posts.relative_to(root).as_posix()}"' if posts else f'# content = "{shown.content[0]}"',
        field=shown.field,
        pad=" " * max(1, 20 - len(shown.field)),
        pictures=shown.pictures,
        url=url,
        url_pad=" " * max(1, 22 - len(url)),
    )
