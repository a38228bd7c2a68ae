"""Proves of one rendered picture that its title is whole, inside its margins, legible, even, and drawn by real fonts.

Works from what the renderer lays open (the picture before the title, the title's mask, its layout) with measures of
its own: coverage from the fonts' own tables, contrast and calm from pixels, phrases from BudouX.
"""

import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator

import budoux
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from imagegen.overlay.render import Rendered
from imagegen.overlay.templates import TEMPLATES, Ground
from imagegen.overlay.text import metrics as faces
from imagegen.overlay.text.drawing import Lettering
from imagegen.overlay.text.fonts import FONTS, Font
from imagegen.overlay.text.linebreaks import language
from imagegen.overlay.text.titles import cleaned

CANVAS = (1200, 630)
VISIBLE = 8
"""Coverage, of 255, from which a pixel of the mask counts as ink."""
NEVER_SHORTENED = 60
INVISIBLE = "\u200c\u200d\u00a0 "


def violations(rendered: Rendered, *, title: str, template: str, font: str) -> list[str]:
    """What is wrong with a rendered picture; nothing, for a good one."""
    lettering = rendered.lettering
    return [
        *_frame(rendered),
        *_margins(rendered, template),
        *_uncut(rendered),
        *_sizes(lettering, template, font),
        *_legibility(rendered),
        *_glyphs(lettering, font),
        *_completeness(lettering, title),
        *_evenness(lettering),
        *_breaks(lettering),
        *_alignment(lettering, template),
    ]


def _frame(rendered: Rendered) -> Iterator[str]:
    for image in (rendered.image, rendered.ground):
        if image.size != CANVAS or image.mode != "RGB":
            yield f"the picture is {image.mode} {image.size}"


def _ink(rendered: Rendered) -> Image.Image:
    """The title's ink on the whole canvas, 255 where there is any."""
    canvas = Image.new("L", CANVAS)
    canvas.paste(rendered.mask, rendered.lettering.ink[:2])
    return canvas.point([255 if value > VISIBLE else 0 for value in range(256)])


def _margins(rendered: Rendered, template: str) -> Iterator[str]:
    box = _ink(rendered).getbbox()
    if box is None:
        yield "no ink at all"
        return
    bottom = 24 if TEMPLATES[template].ground is Ground.BAR else 40
    margins = (box[0], box[1], CANVAS[0] - box[2], CANVAS[1] - box[3])
    if min(margins[:3]) < 40 or margins[3] < bottom:
        yield f"margins of the ink are {margins}"


def _drawn_freely(lettering: Lettering) -> Image.Image:
    """The title drawn on a canvas twice as large, where nothing can be cut off."""
    canvas = Image.new("L", (CANVAS[0] * 2, CANVAS[1] * 2))
    draw = ImageDraw.Draw(canvas)
    for placed in lettering.runs:
        draw.text(
            (placed.x + CANVAS[0] // 2, placed.baseline + CANVAS[1] // 2),
            **faces.as_drawn(placed.run.text, placed.run.direction),
            font=faces.face(placed.run.font, lettering.fitted.size),
            fill=255,
            anchor="ls",
        )
    return canvas


def _uncut(rendered: Rendered) -> Iterator[str]:
    whole, drawn = _drawn_freely(rendered.lettering).histogram(), rendered.mask.histogram()
    if sum(whole[1:]) != sum(drawn[1:]):
        yield f"{sum(whole[1:]) - sum(drawn[1:])} pixels of ink are cut off"


def _sizes(lettering: Lettering, template: str, font: str) -> Iterator[str]:
    fitted, chosen = lettering.fitted, TEMPLATES[template]
    least = 36 if chosen.ground in (Ground.BAR, Ground.PANEL) else 40
    if font == "press-start-2p":
        least = 26
    most = chosen.display * FONTS[font].scale
    if not least <= fitted.size <= max(most, chosen.display):
        yield f"size {fitted.size}, not {least} to {most}"
    if len(fitted.lines) > chosen.rooms[-1].lines:
        yield f"{len(fitted.lines)} lines"


_LIGHT = [
    math.ceil(255 * (value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4))
    for value in range(256)
] * 3
_LIGHTNESS = [round(2.55 * (116 * max(_LIGHT[value] / 255, 0.0089) ** (1 / 3) - 16)) for value in range(256)]


def _legibility(rendered: Rendered) -> Iterator[str]:
    around = rendered.lettering.ink.grown(60)
    ink = _ink(rendered).crop(around)
    ground = rendered.ground.crop(around)
    luminance = ground.point(_LIGHT).convert("L", (0.2126, 0.7152, 0.0722, 0))
    under = luminance.histogram(_spread(ink, 4))
    for share, wanted in ((0.99, 4.5), (0.5, 7.0)):
        contrast = 1.05 / (_quantile(under, share) + 0.05)
        if contrast < wanted:
            yield f"contrast {contrast:.2f} at the {share:.0%} quantile, not {wanted}"
    lightness = ground.convert("L").point(_LIGHTNESS)
    detail = ImageChops.subtract(lightness, lightness.filter(ImageFilter.GaussianBlur(20)), offset=128)
    unrest = ImageStat.Stat(detail, _spread(ink, 7)).stddev[0] / 2.55
    if unrest > 6:
        yield f"the ground is busy: {unrest:.1f}"


def _spread(ink: Image.Image, by: int) -> Image.Image:
    """The ink with all that lies within ``by`` pixels of it."""
    return ink.filter(ImageFilter.BoxBlur(by)).point([0] + [255] * 255)


def _quantile(counts: list[int], share: float) -> float:
    reached = itertools.accumulate(counts)
    return next(value for value, count in enumerate(reached) if count >= share * sum(counts)) / 255


@functools.cache
def _characters(font: Font) -> frozenset[int]:
    """What the font's own table says it has."""
    path = font.path()
    number = font.index if path.suffix == ".ttc" else -1
    with TTFont(path, lazy=True, fontNumber=number) as opened:
        assert "COLR" not in opened
        return frozenset(opened.getBestCmap())


def has_glyph(font: Font, char: str) -> bool:
    return all(ord(part) in _characters(font) for part in unicodedata.normalize("NFD", char)) or (
        ord(char) in _characters(font)
    )


def _glyphs(lettering: Lettering, font: str) -> Iterator[str]:
    chosen = FONTS[font]
    for placed in lettering.runs:
        run = placed.run
        for char in run.text:
            if char not in INVISIBLE and not has_glyph(run.font, char):
                yield f"{run.font.id} has no glyph for U+{ord(char):04X}"
        if run.text.strip(INVISIBLE) and faces.face(run.font, 40).getmask(run.text).getbbox() is None:
            yield f"{run.text!r} leaves no ink"
        visible = run.text.strip(INVISIBLE)
        if visible and run.font is not chosen and all(ord(char) in _characters(chosen) for char in visible):
            yield f"{font} has {run.text!r}, but {run.font.id} draws it"


def _lines(lettering: Lettering) -> list[str]:
    fitted = lettering.fitted
    return ["".join(fitted.setting.clusters[start:end]) for start, end in fitted.lines]


def _completeness(lettering: Lettering, title: str) -> Iterator[str]:
    fitted, lines, wanted = lettering.fitted, _lines(lettering), cleaned(title)
    drawn = sorted("".join(placed.run.text for placed in lettering.runs))
    if drawn != sorted("".join(lines).replace("\u00a0", " ")):
        yield "the runs do not add up to the lines"
    whole, kept = wanted.replace(" ", ""), "".join(lines).replace(" ", "")
    if not fitted.truncated:
        if kept != whole:
            yield f"{lines} is not {wanted!r}"
        return
    if len(wanted) <= NEVER_SHORTENED:
        yield f"a title of {len(wanted)} characters was shortened"
    if not kept.endswith("…") or not whole.startswith(kept[:-1]):
        yield f"{lines} is no beginning of {wanted!r}"


def _evenness(lettering: Lettering) -> Iterator[str]:
    """The shortest line is at least 40 % of the longest, or no arrangement in as many lines does better."""
    fitted = lettering.fitted
    widths = [fitted.setting.width(*line) for line in fitted.lines]
    if len(widths) < 2 or min(widths) >= 0.4 * max(widths):
        return
    pieces = fitted.setting.pieces()
    if len(pieces) < 4 or any(piece.width > max(widths) for piece in pieces):
        return
    for cuts in itertools.islice(itertools.combinations(range(1, len(pieces)), len(widths) - 1), 20_000):
        edges = [0, *cuts, len(pieces)]
        other = [
            fitted.setting.width(pieces[first].start, pieces[last - 1].end) for first, last in itertools.pairwise(edges)
        ]
        if max(other) * fitted.size <= fitted.room.width - 1 and min(other) >= 0.4 * max(other):
            yield f"lines of {[round(width, 1) for width in widths]} ems could be even: {_lines(lettering)}"
            return


def _breaks(lettering: Lettering) -> Iterator[str]:
    """Japanese and Thai break at phrases, all else at spaces, unless a part is wider than the room."""
    fitted = lettering.fitted
    clusters = fitted.setting.clusters
    text = "".join(clusters)
    allowed = _phrase_ends(text)
    widest = fitted.room.width / fitted.size
    for (_, end), (start, _) in itertools.pairwise(fitted.lines):
        at = len("".join(clusters[:end]))
        if clusters[end] == " " or at in allowed:
            continue
        before = max((stop for stop in allowed if stop < at), default=0)
        after = min((stop for stop in allowed if stop > at), default=len(text))
        index = [len("".join(clusters[:count])) for count in range(len(clusters) + 1)]
        smallest = math.ceil(fitted.room.smallest * min(fitted.setting.scale, 1.0))
        if fitted.setting.width(index.index(before), index.index(after)) * smallest <= fitted.room.width - 1:
            yield f"{text[before:after]!r} is broken though it fits {widest:.1f} ems: {_lines(lettering)}"
        if combining(clusters[start]):
            yield f"a line begins with the mark {clusters[start]!r}"


def combining(cluster: str) -> bool:
    return unicodedata.combining(cluster[0]) != 0


def _phrase_ends(text: str) -> set[int]:
    """Where a line may end: at spaces, at phrases of Japanese and Thai, anywhere in Chinese, in addresses."""
    ends = {at + side for at, char in enumerate(text) if char == " " for side in (0, 1)}
    ends |= {
        match.end()
        for word in re.finditer(r"\S{20,}", text)
        for match in re.finditer(r"[-/._?&=@:]|[a-z](?=[A-Z])", text)
        if word.start() < match.end() < word.end()
    }
    thai = any("\u0e00" <= char <= "\u0e7f" for char in text)
    if not thai and not any(unicodedata.category(char) == "Lo" and char >= "\u3040" for char in text):
        return ends
    if not thai and language(text).startswith("zh"):
        return set(range(len(text) + 1))
    if not thai and language(text) == "ko":
        return ends
    parser = budoux.load_default_thai_parser() if thai else budoux.load_default_japanese_parser()
    at = 0
    for word in text.split(" "):
        for phrase in parser.parse(word):
            at += len(phrase)
            ends.add(at)
        at += 1
    return ends


def _alignment(lettering: Lettering, template: str) -> Iterator[str]:
    """Lines of templates that are not centred begin, or end when they read from the right, at one edge."""
    fitted = lettering.fitted
    if TEMPLATES[template].centred:
        return
    for baseline, line in itertools.groupby(lettering.runs, key=lambda placed: placed.baseline):
        runs = sorted(line, key=lambda placed: placed.x)
        last = runs[-1].run
        right = runs[-1].x + faces.length(last.font, last.text, last.direction) * fitted.size
        edge, wanted = (right, lettering.body.right) if fitted.setting.from_right else (runs[0].x, lettering.body.left)
        if abs(edge - wanted) > 2:
            yield f"the line at {baseline} is aligned at {edge:.0f}, not {wanted}"
