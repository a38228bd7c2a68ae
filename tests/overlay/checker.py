"""A checker of rendered pictures: the title is whole, within the margins, legible, balanced and in fonts that have it.

It starts from the renderer's intermediate steps (the picture before the title, the title's mask, its layout) and takes
measures of its own: glyphs from the fonts' tables, contrast and local contrast from pixels. It adds the checks of type.
"""

import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from imagegen.overlay.render import RenderedPicture
from imagegen.overlay.templates import TEMPLATES, Backdrop
from imagegen.overlay.text import metrics
from imagegen.overlay.text.characters import is_emoji
from imagegen.overlay.text.drawing import Layout, find_size
from imagegen.overlay.text.fonts import COLOUR_EMOJI, FONTS, Font
from imagegen.overlay.text.lines.languages import guess_language
from imagegen.overlay.text.lines.opportunities import Break
from imagegen.overlay.text.titles import clean
from tests.overlay.text.type_checks import find_own_script, find_type_violations

CANVAS = (1200, 630)
VISIBLE = 8
"""Coverage, of 255, from which a pixel of the mask counts as ink."""
NEVER_SHORTENED = 60
INVISIBLE = "\u200c\u200d\u00a0\ufe0e\ufe0f "


def find_violations(rendered: RenderedPicture, *, title: str, template: str, font: str) -> list[str]:
    """List the faults of a rendered picture, as sentences."""
    layout = rendered.layout
    return [
        *_check_frame(rendered),
        *_check_margins(rendered, template),
        *_check_ink(rendered),
        *_check_size(layout, template, font),
        *_check_legibility(rendered),
        *_check_glyphs(layout, font),
        *_check_completeness(layout, title),
        *_check_evenness(layout),
        *_check_breaks(layout),
        *_check_alignment(layout, template),
        *find_type_violations(layout, title, guess_language(title)),
    ]


def _check_frame(rendered: RenderedPicture) -> Iterator[str]:
    for image in (rendered.image, rendered.background):
        if image.size != CANVAS or image.mode != "RGB":
            yield f"the picture is {image.mode} {image.size}"


def _draw_ink(rendered: RenderedPicture) -> Image.Image:
    """Draw the title's ink on the whole canvas, 255 where there is any."""
    canvas = Image.new("L", CANVAS)
    canvas.paste(rendered.mask, rendered.layout.ink_box[:2])
    return canvas.point([255 if value > VISIBLE else 0 for value in range(256)])


def _check_margins(rendered: RenderedPicture, template: str) -> Iterator[str]:
    box = _draw_ink(rendered).getbbox()
    if box is None:
        yield "no ink at all"
        return
    bottom = 24 if TEMPLATES[template].backdrop is Backdrop.BAR else 40
    margins = (box[0], box[1], CANVAS[0] - box[2], CANVAS[1] - box[3])
    if min(margins[:3]) < 40 or margins[3] < bottom:
        yield f"margins of the ink are {margins}"


def _draw_uncropped(layout: Layout) -> Image.Image:
    """Draw the title on a canvas twice as large, where nothing can be cut off."""
    canvas = Image.new("L", (CANVAS[0] * 2, CANVAS[1] * 2))
    colours = Image.new("RGBA", canvas.size)
    for placed in layout.runs:
        is_coloured = placed.run.font is COLOUR_EMOJI
        ImageDraw.Draw(colours if is_coloured else canvas).text(
            (placed.x + CANVAS[0] // 2, placed.baseline + CANVAS[1] // 2),
            **metrics.build_text_arguments(placed.run.text, placed.run.direction),
            font=metrics.open_font(placed.run.font, find_size(placed.run, layout.fitted.size)),
            fill="white",
            anchor="ls",
            embedded_color=is_coloured,
        )
    canvas.paste(255, (0, 0), colours.getchannel("A"))
    return canvas


def _check_ink(rendered: RenderedPicture) -> Iterator[str]:
    whole, drawn = _draw_uncropped(rendered.layout).histogram(), rendered.mask.histogram()
    if sum(whole[1:]) != sum(drawn[1:]):
        yield f"{sum(whole[1:]) - sum(drawn[1:])} pixels of ink are cut off"


def _check_size(layout: Layout, template: str, font: str) -> Iterator[str]:
    fitted, chosen = layout.fitted, TEMPLATES[template]
    least = 36 if chosen.backdrop in (Backdrop.BAR, Backdrop.PANEL) else 40
    if font == "press-start-2p":
        least = 26
    most = chosen.display_size * layout.fitted.title.font.scale
    if not least <= fitted.size <= max(most, chosen.display_size):
        yield f"size {fitted.size}, not {least} to {most}"
    if len(fitted.lines) > chosen.boxes[-1].max_lines:
        yield f"{len(fitted.lines)} lines"


_LIGHT = [
    math.ceil(255 * (value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4))
    for value in range(256)
] * 3
_LIGHTNESS = [round(2.55 * (116 * max(_LIGHT[value] / 255, 0.0089) ** (1 / 3) - 16)) for value in range(256)]


def _check_legibility(rendered: RenderedPicture) -> Iterator[str]:
    around = rendered.layout.ink_box.expand(60)
    ink = _draw_ink(rendered).crop(around)
    background = rendered.background.crop(around)
    luminance = background.point(_LIGHT).convert("L", (0.2126, 0.7152, 0.0722, 0))
    under = luminance.histogram(_spread_ink(ink, 4))
    for share, wanted in ((0.99, 4.5), (0.5, 7.0)):
        contrast = 1.05 / (_quantile(under, share) + 0.05)
        if contrast < wanted:
            yield f"contrast {contrast:.2f} at the {share:.0%} quantile, not {wanted}"
    lightness = background.convert("L").point(_LIGHTNESS)
    detail = ImageChops.subtract(lightness, lightness.filter(ImageFilter.GaussianBlur(20)), offset=128)
    busyness = ImageStat.Stat(detail, _spread_ink(ink, 7)).stddev[0] / 2.55
    if busyness > 6:
        yield f"the background is busy: {busyness:.1f}"


def _spread_ink(ink: Image.Image, by: int) -> Image.Image:
    """Spread the ink by ``by`` pixels in every direction."""
    return ink.filter(ImageFilter.BoxBlur(by)).point([0] + [255] * 255)


def _quantile(counts: list[int], share: float) -> float:
    reached = itertools.accumulate(counts)
    return next(value for value, count in enumerate(reached) if count >= share * sum(counts)) / 255


@functools.cache
def _read_characters(font: Font) -> frozenset[int]:
    """Read the characters of the font from its own table."""
    path = font.path()
    number = font.index if path.suffix == ".ttc" else -1
    with TTFont(path, lazy=True, fontNumber=number) as opened:
        assert "COLR" not in opened or opened["COLR"].version == 0
        return frozenset(opened.getBestCmap())


def has_glyph(font: Font, char: str) -> bool:
    return all(ord(part) in _read_characters(font) for part in unicodedata.normalize("NFD", char)) or (
        ord(char) in _read_characters(font)
    )


def _check_glyphs(layout: Layout, font: str) -> Iterator[str]:
    """Every font has what it draws, and the chosen one draws each script of which it has all letters."""
    fitted, chosen = layout.fitted, FONTS[font]
    wanted: dict[str, bool] = {}
    for cluster in fitted.title.clusters:
        if script := find_own_script(cluster):
            wanted[script] = wanted.get(script, True) and all(ord(c) in _read_characters(chosen) for c in cluster)
    for placed in layout.runs:
        run = placed.run
        for char in run.text:
            if char not in INVISIBLE and not has_glyph(run.font, char):
                yield f"{run.font.id} has no glyph for U+{ord(char):04X}"
        if run.text.strip(INVISIBLE) and metrics.open_font(run.font, 40).getmask(run.text).getbbox() is None:
            yield f"{run.text!r} leaves no ink"
        if run.font is not chosen and any(wanted.get(find_own_script(char)) for char in run.text):
            yield f"{font} has {run.text!r}, but {run.font.id} draws it"


def _lines(layout: Layout) -> list[str]:
    fitted = layout.fitted
    return ["".join(fitted.title.clusters[start:end]) for start, end in fitted.lines]


def _check_completeness(layout: Layout, title: str) -> Iterator[str]:
    fitted, lines, wanted = layout.fitted, _lines(layout), clean(title)
    drawn = sorted("".join(placed.run.text for placed in layout.runs))
    styles = {0xFE0E: None, 0xFE0F: None, 0xA0: " "}
    if sorted("".join(drawn).translate(styles)) != sorted("".join(lines).translate(styles)):
        yield "the runs do not add up to the lines"
    own = [fitted.title.clusters[at] for line in fitted.lines for at in range(*line) if at not in fitted.hyphens]
    whole, kept = wanted.replace(" ", ""), "".join(own).replace(" ", "")
    if not fitted.truncated:
        if kept != whole:
            yield f"{lines} is not {wanted!r}"
        return
    if len(wanted) <= NEVER_SHORTENED:
        yield f"a title of {len(wanted)} characters was shortened"
    if not kept.endswith("…") or not whole.startswith(kept[:-1]):
        yield f"{lines} is no beginning of {wanted!r}"


def _check_evenness(layout: Layout) -> Iterator[str]:
    """The shortest line is at least 40 % of the longest, or no arrangement in as many lines does better."""
    fitted = layout.fitted
    widths = [fitted.title.measure_width(*line) for line in fitted.lines]
    if len(widths) < 2 or min(widths) >= 0.4 * max(widths):
        return
    segments = fitted.title.measure_segments()
    # A break in the title, or one that leaves a short word behind, is no better than uneven lines.
    places = [at for at, each in enumerate(segments) if at and each.before in (Break.PLAIN, Break.LIKED)]
    if len(segments) < 4 or any(each.width > max(widths) or each.before is Break.FORCED for each in segments):
        return
    for cuts in itertools.islice(itertools.combinations(places, len(widths) - 1), 20_000):
        edges = [0, *cuts, len(segments)]
        other = [
            fitted.title.measure_width(segments[first].start, segments[last - 1].end)
            for first, last in itertools.pairwise(edges)
        ]
        if max(other) * fitted.size <= fitted.box.width - 1 and min(other) >= 0.4 * max(other):
            yield f"lines of {[round(width, 1) for width in widths]} ems could be even: {_lines(layout)}"
            return


def _check_breaks(layout: Layout) -> Iterator[str]:
    """Text breaks at spaces, at signs, at inserted hyphens and between characters of scripts without spaces.

    Other words are divided only when they are wider than the box.
    """
    fitted = layout.fitted
    clusters = fitted.title.clusters
    for (_, end), (start, _) in itertools.pairwise(fitted.lines):
        if combining(clusters[start]):
            yield f"a line begins with the mark {clusters[start]!r}"
        if (
            end < start
            or fitted.title.hidden.get(start, "").strip()
            or _may_break("".join(clusters), clusters[end - 1], clusters[end])
        ):
            continue
        before = max(at for at in range(end) if at == 0 or clusters[at - 1] == " ")
        after = min(at for at in range(end, len(clusters) + 1) if at == len(clusters) or clusters[at] == " ")
        if fitted.title.measure_width(before, after) * fitted.box.min_size <= fitted.box.width - 1:
            yield f"{''.join(clusters[before:after])!r} is broken though it fits: {_lines(layout)}"


def _may_break(text: str, before: str, after: str) -> bool:
    unspaced = all(_UNSPACED.match(char) or not char.isalpha() for char in before[-1] + after[0])
    is_camel = before.islower() and after.isupper()
    return unspaced or is_camel or before in "-/–" or is_emoji(after) or (len(text) > 20 and before in "._?&=@:#~+")


_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def combining(cluster: str) -> bool:
    return unicodedata.combining(cluster[0]) != 0


def _check_alignment(layout: Layout, template: str) -> Iterator[str]:
    """Lines of templates that are not centred begin, or end when they read from the right, at one edge."""
    fitted = layout.fitted
    if TEMPLATES[template].centred:
        return
    for baseline, line in itertools.groupby(layout.runs, key=lambda placed: placed.baseline):
        runs = sorted(line, key=lambda placed: placed.x)
        last = runs[-1].run
        right = runs[-1].x + metrics.measure_advance(last.font, last.text, last.direction) * last.scale * fitted.size
        edge, wanted = (right, layout.block.right) if fitted.title.is_rtl else (runs[0].x, layout.block.left)
        if abs(edge - wanted) > 2:
            yield f"the line at {baseline} is aligned at {edge:.0f}, not {wanted}"
