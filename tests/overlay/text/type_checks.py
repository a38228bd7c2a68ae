"""Checks of a title's type: fonts of a word, distance of lines, breaks inside words, stranded words, order of letters.

Everything is measured anew: scripts by Unicode's property (fontTools), ink by drawing each line alone, the order of
right-to-left text by FriBiDi, words by lists of known ones.
"""

import ctypes
import ctypes.util
import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from fontTools import unicodedata as properties  # type: ignore[import-untyped]  # has no types
from PIL import Image, ImageDraw

from imagegen.overlay.text import metrics
from imagegen.overlay.text.characters import is_emoji
from imagegen.overlay.text.drawing import Layout, find_size
from imagegen.overlay.text.engine import has_shaping
from imagegen.overlay.text.lines.opportunities import Break
from imagegen.overlay.text.titles import BIDI_CONTROLS, parse
from imagegen.overlay.text.typeset import Segment

LEAST_DISTANCE = 2
"""Pixels between the ink of two lines, at 1200×630."""

SHORT_WORDS = {
    "en": "a an the of to in on at by for from with and or i it we my your",
    "de": "der die das den dem des ein eine einen im in am an auf und oder mit von zu zur zum für ich",
    "fr": "le la les un une des du de et ou à au aux en dans sur sous par pour je mon ma ce",
    "es": "el la los las un una de del a y o en con por para mi su",
    "pt": "o a os as um uma de do da dos das e ou em no na com por para meu",
    "it": "il lo la i gli le un una di del della dei e o in nel con per a al da",
    "nl": "de het een van voor in op aan met en of ik",
    "pl": "w z i o na do od za po u",
    "cs": "a i o u v s z k na do od za",
    "ru": "в на с и к о у из за по от до я",
    "uk": "в на з і й до від за по у",
    "el": "ο η το οι τα του της των και σε στο στη για με",
    "sv": "en ett den det och i på av för med",
    "da": "en et den det og i på af for med",
    "nb": "en et den det og i på av for med",
    "ro": "un o în la pe de cu și",
    "hu": "a az egy és",
}
WHOLE_WORDS = [
    "霞が関",
    "プログラミング",
    "生成する",
    "画像",
    "入門",
    "人工知能",
    "世界人権宣言",
    "国際連合",
    "国際宇宙ステーション",
    "第二次世界大戦",
    "フランス革命",
    "使用",
    "并行",
    "生成",
    "数百",
    "标题",
    "图片",
    "人工智能",
    "年轻人",
    "为什么",
    "世界",
    "经济",
    "家乡",
    "创业",
    "数据库",
    "分布式",
    "语言",
    "人口",
    "国家",
    "人權",
    "宣言",
    "革命",
    "プログラミング言語",
    "相対性理論",
    "人口順リスト",
    "ภาพ",
    "เวิร์กโฟลว์",
    "ขนาน",
    "ปฏิวัติ",
    "ปัญญาประดิษฐ์",
    "ประชากร",
    "สงคราม",
    "ภาษา",
    "ข้อมูล",
    "ភាសា",
    "ប្រជាជន",
    "សង្គ្រាម",
    "មនុស្ស",
    "ປະຊາກອນ",
    "ພາສາ",
    "ສົງຄາມ",
    "မြန်မာ",
    "ဘာသာ",
    "စကား",
    "အခွင့်အရေး",
]


def find_type_violations(layout: Layout, title: str, language: str | None = None, unit: float = 1.0) -> list[str]:
    """List the faults of a title's type, as sentences. ``language`` selects the short words to look for.

    ``unit`` scales distances.
    """
    return [
        *check_fonts(layout),
        *check_distance(layout, max(round(LEAST_DISTANCE * unit), 1)),
        *check_words(layout),
        *check_stranded(layout, language),
        *check_order(layout, title),
    ]


def find_own_script(cluster: str) -> str:
    """Return Unicode's script of a letter, "" for what belongs to all."""
    script: str = properties.script(cluster[0])
    if not cluster[0].isalpha() or script in ("Zyyy", "Zinh", "Zzzz"):
        return ""
    return "Hani" if script in ("Hira", "Kana", "Hang", "Bopo") else script


def check_fonts(layout: Layout) -> Iterator[str]:
    """All letters of a script are in one font, in every word and in the whole title."""
    title = layout.fitted.title
    used: dict[str, set[str]] = {}
    for cluster, font in zip(title.clusters, title.fonts, strict=True):
        if script := find_own_script(cluster):
            used.setdefault(script, set()).add(font.id)
    for script, fonts in used.items():
        if len(fonts) > 1:
            yield f"{script} is drawn in {sorted(fonts)}"


def check_distance(layout: Layout, least: int = LEAST_DISTANCE) -> Iterator[str]:
    """The ink of two lines keeps a visible distance."""
    boxes = [_draw_line(layout, baseline) for baseline in sorted({placed.baseline for placed in layout.runs})]
    for (_, bottom), (top, _) in itertools.pairwise(boxes):
        if top - bottom < least:
            yield f"two lines are {top - bottom} px apart: {_lines(layout)}"


def _draw_line(layout: Layout, baseline: int) -> tuple[int, int]:
    """Draw a line alone; return the first row of its ink and the one after its last."""
    canvas = Image.new("L", (1600, 1000))
    draw = ImageDraw.Draw(canvas)
    for placed in layout.runs:
        if placed.baseline == baseline:
            draw.text(
                (placed.x + 200, baseline + 200),
                **metrics.build_text_arguments(placed.run.text, placed.run.direction),
                font=metrics.open_font(placed.run.font, find_size(placed.run, layout.fitted.size)),
                fill=255,
                anchor="ls",
            )
    box = canvas.point([255 if value > 8 else 0 for value in range(256)]).getbbox()
    return (box[1] - 200, box[3] - 200) if box else (baseline, baseline)


def _lines(layout: Layout) -> list[str]:
    fitted = layout.fitted
    return ["".join(fitted.title.clusters[start:end]) for start, end in fitted.lines]


def check_words(layout: Layout) -> Iterator[str]:
    """No known word is divided between lines, unless it is wider than a line."""
    fitted = layout.fitted
    clusters = fitted.title.clusters
    text = "".join(clusters)
    offsets = [0, *itertools.accumulate(map(len, clusters))]
    places = {offsets[end] for (_, end), (start, _) in itertools.pairwise(fitted.lines) if end == start}
    for word in WHOLE_WORDS:
        for match in re.finditer(re.escape(word), text):
            if match.start() not in offsets or match.end() not in offsets:
                continue
            width = fitted.title.measure_width(offsets.index(match.start()), offsets.index(match.end()))
            if places & set(range(match.start() + 1, match.end())) and width * fitted.size <= fitted.box.width * 0.9:
                yield f"{word} is divided: {_lines(layout)}"


def check_stranded(layout: Layout, language: str | None) -> Iterator[str]:
    """No line ends on a short word if the same number of lines, at the same size, can do with fewer."""
    fitted = layout.fitted
    if fitted.hyphens or fitted.truncated:
        return
    short = set(SHORT_WORDS.get(language or "", "").split())
    segments = fitted.title.segments
    starts = {start for start, _ in fitted.lines[1:]}
    stranded = [word for word, each in _iter_breaks(layout, segments, short) if each.start in starts]
    if stranded and _count_least_stranded(layout, segments, short) < len(stranded):
        yield f"{stranded} at the end of a line: {_lines(layout)}"


def _iter_breaks(layout: Layout, segments: Sequence[Segment], short: set[str]) -> Iterator[tuple[str, Segment]]:
    """Yield the breaks that leave a short word at the end of a line: the word, and the segment after it."""
    for before, after in itertools.pairwise(segments):
        text = "".join(layout.fitted.title.clusters[before.start : before.end])
        word = text.split(" ")[-1].strip("\"'“”„«»([{¿¡").casefold()
        if after.before is Break.STRANDED or (word in short and after.before is not Break.FORCED):
            yield word, after


def _count_least_stranded(layout: Layout, segments: Sequence[Segment], short: set[str]) -> int:
    """Return the fewest stranded words of a division into as many lines of this size."""
    fitted = layout.fitted
    allowed = (fitted.box.width - 1) / fitted.size
    bad = {each.start for _, each in _iter_breaks(layout, segments, short)}
    forced = {each.start for each in segments if each.before is Break.FORCED}
    costs: dict[int, int] = {0: 0}
    for _ in fitted.lines:
        following: dict[int, int] = {}
        for start, cost in costs.items():
            for end in range(start + 1, len(segments) + 1):
                too_wide = fitted.title.measure_width(segments[start].start, segments[end - 1].end) > allowed
                if too_wide or (end - 1 > start and segments[end - 1].start in forced):
                    break
                own = cost + (end < len(segments) and segments[end].start in bad)
                following[end] = min(following.get(end, own), own)
        costs = following
    return costs.get(len(segments), len(bad))


@functools.cache
def load_fribidi() -> ctypes.CDLL:
    return ctypes.CDLL(ctypes.util.find_library("fribidi") or "libfribidi.so.0")


def reorder_by_fribidi(text: str, lines: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the indices of each line's characters in visual order; lines are (start, end) in ``text``."""
    library = load_fribidi()
    count = len(text)
    codes = (ctypes.c_uint32 * count)(*map(ord, text))
    types, brackets, levels = ((kind * count)() for kind in (ctypes.c_uint32, ctypes.c_uint32, ctypes.c_int8))
    library.fribidi_get_bidi_types(codes, count, types)
    library.fribidi_get_bracket_types(codes, count, types, brackets)
    base = ctypes.c_uint32(0x40)  # FRIBIDI_PAR_ON: the first strong letter decides, left to right without one
    assert library.fribidi_get_par_embedding_levels_ex(types, brackets, count, ctypes.byref(base), levels)
    found = []
    for start, end in lines:
        order = (ctypes.c_int32 * count)(*range(count))
        line_levels = (ctypes.c_int8 * count)(*levels)
        assert library.fribidi_reorder_line(0, types, end - start, start, base, line_levels, None, order)
        found.append(list(order[start:end]))
    return found


def check_order(layout: Layout, title: str) -> Iterator[str]:
    """The letters of each line stand in the order of FriBiDi.

    Titles with embeddings are left to ``test_bidi.py``: FriBiDi 1.0 looks for the context of a bracket (N0) beyond an
    embedding before it, where python-bidi and we stop.
    """
    fitted = layout.fitted
    if fitted.truncated or fitted.hyphens or not any(fitted.title.levels) or not has_shaping():
        return
    if set(title) & set("\u202a\u202b\u202d\u202e"):
        return
    text, offsets = _spell_out(title)
    spans = [(offsets[start], offsets[end - 1] + len(fitted.title.clusters[end - 1])) for start, end in fitted.lines]
    baselines = sorted({placed.baseline for placed in layout.runs})
    # An emoji that is younger than the library's tables counts as a letter there; the letters of a flag are letters.
    known = "".join("\U0001f642" if char > "\U0001f1ff" and is_emoji(char) else char for char in text)
    for baseline, order in zip(baselines, reorder_by_fribidi(known, spans), strict=True):
        wanted = [text[at] for at in order if _is_compared(text[at])]
        drawn = [char for char in _read_line(layout, baseline) if _is_compared(char)]
        if drawn != wanted:
            yield f"drawn {''.join(drawn)!r}, not {''.join(wanted)!r}"


def _spell_out(title: str) -> tuple[str, list[int]]:
    """Return the cleaned title with its bidirectional controls, and the place of each cluster in it."""
    parsed = parse(title)
    text, offsets = "", []
    for at in range(len(parsed.clusters) + 1):
        text += "".join(char for char in parsed.hidden.get(at, "") if char in BIDI_CONTROLS)
        offsets.append(len(text))
        text += "".join(parsed.clusters[at : at + 1])
    return text.replace("\u00a0", " "), offsets


def _is_compared(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) not in ("Mn", "Me", "Mc", "Cf")


def _read_line(layout: Layout, baseline: int) -> Iterator[str]:
    """Yield the characters of a drawn line from left to right."""
    runs = [placed for placed in layout.runs if placed.baseline == baseline]
    for placed in sorted(runs, key=lambda each: each.x):
        yield from reversed(placed.run.text) if placed.run.direction == "rtl" else placed.run.text
