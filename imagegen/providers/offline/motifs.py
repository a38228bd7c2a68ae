"""The motifs of the offline painter: each draws itself on a canvas, and some words of a prompt ask for it."""

import itertools
import math
import re
import zlib
from collections.abc import Callable
from random import Random

from imagegen.providers.offline.canvas import WHITE, Canvas, Colour, Point, arc, mix

Motif = Callable[[Canvas, Random], None]


def _outline_hills(rng: Random, width: float, base: float, relief: float) -> list[Point]:
    waves = [(rng.uniform(0.5, 1.1) * 2**at, rng.uniform(0, math.tau), relief * 0.6 / 2.2**at) for at in range(3)]
    heights = [sum(high * math.sin(turns * step / 15 + at) for turns, at, high in waves) for step in range(97)]
    return [(width * step / 96, base - high) for step, high in enumerate(heights)]


def _draw_fir(canvas: Canvas, x: float, foot: float, high: float, colour: Colour) -> None:
    for low, top, half in ((0, 0.5, 0.3), (0.28, 0.76, 0.23), (0.56, 1, 0.16)):
        canvas.block(x, foot - top * high, foot - low * high, 0, colour, foot=half * high, flat=low > 0)


def _draw_pot(canvas: Canvas, rng: Random, x: float, foot: float, size: float) -> None:
    green, pot = mix(canvas.tone(rng.uniform(0.1, 0.6)), (52, 128, 84), 0.45), canvas.pick_tone(rng)
    for step in range(7):
        turn, long = -math.pi / 2 + (step - 3) * rng.uniform(0.24, 0.36), size * rng.uniform(1.1, 1.9)
        cos, sin = long * math.cos(turn), long * math.sin(turn)
        half = [(at / 12, 0.17 * math.sin(math.pi * (at / 12) ** 0.8)) for at in range(13)]
        outline = [*half, *((at, -off) for at, off in reversed(half))]
        leaf = [(x + at * cos - off * sin, foot - size * 0.8 + at * sin + off * cos) for at, off in outline]
        canvas.shape(leaf, mix(green, WHITE, step % 3 * 0.1))
        canvas.stroke([leaf[0], leaf[11]], 0.004, mix(green, WHITE, 0.4))
    canvas.block(x, foot - size, foot, size * 0.45, pot, foot=size * 0.32)
    canvas.block(x, foot - size * 1.05, foot - size * 0.82, size * 0.5, mix(pot, canvas.colours.near, 0.12))


def _draw_mountains(canvas: Canvas, rng: Random) -> None:
    width, side = canvas.width, rng.choice((0, 1))
    canvas.sky(width * rng.choice((0.31, 0.68)), rng.uniform(0.26, 0.36), 0.07)
    canvas.land(_outline_hills(rng, width, 0.6, 0.14), canvas.tone(-0.5))
    for at, tall in ((0.12, 0.36), (0.86, 0.42), (0.5, 0.5)):
        x, high = width * at + rng.uniform(-0.12, 0.12), tall * rng.uniform(0.8, 1.1)
        bends = [(step / 6, rng.uniform(-0.06, 0.08) + step * 0.03) for step in range(6, 0, -1)]
        ridge = [(x + high * bend, 0.72 - high * (1 - down)) for down, bend in bends]
        snow = [(x + high * 0.13 * step, 0.72 - high * (0.7 - 0.1 * (step % 2))) for step in (2, 1, 0, -1, -2)]
        canvas.block(x, 0.72 - high, 0.72, 0, canvas.tone(0.25), foot=high * 0.85)
        canvas.shape([(x, 0.72 - high), (x + high * 0.85, 0.72), *ridge], canvas.tone(0.6), flat=True)
        canvas.shape([(x, 0.72 - high), *snow], canvas.paper, flat=True)
    canvas.block(width / 2, 0.72, 1.1, width, canvas.tone(-0.5))
    for step in range(10):
        x, y = rng.uniform(0, width), 0.75 + step * 0.02
        canvas.stroke([(x, y), (x + rng.uniform(0.05, 0.25), y)], 0.004, mix(canvas.tone(-0.5), WHITE, 0.4))
        at, high = abs(width * side - 0.5 + step * 0.055), rng.uniform(0.02, 0.034) * (step + 2)
        _draw_fir(canvas, at, 0.98, high, canvas.colours.near)


def _draw_woods(canvas: Canvas, rng: Random) -> None:
    canvas.sky(canvas.width * rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.5), rng.uniform(0.1, 0.16))
    for layer, share in enumerate((-0.55, 0, 0.5, 1)):
        for at in range(10 - 2 * layer):
            x = canvas.width * (at + rng.uniform(0.1, 0.9)) / (10 - 2 * layer)
            thick = canvas.width * 0.0055 * 1.75**layer * rng.uniform(0.8, 1.3)
            canvas.block(x, -0.1, 1, thick, canvas.tone(share), foot=thick * 1.5)
            for _ in range(3):
                y, reach = rng.uniform(0, 0.42), rng.choice((-1, 1)) * rng.uniform(0.06, 0.16)
                canvas.shape([(x, y + 0.08), (x + reach, y), (x, y + 0.08 + thick)], canvas.tone(share), flat=True)
        canvas.land(_outline_hills(rng, canvas.width, 0.74 + 0.06 * layer, 0.02), canvas.tone(share))


def _draw_town(canvas: Canvas, rng: Random) -> None:
    canvas.sky(canvas.width * rng.uniform(0.25, 0.75), rng.uniform(0.24, 0.34), rng.uniform(0.06, 0.1))
    for layer, share in enumerate((-0.4, 0.25, 0.85)):
        x = rng.uniform(-0.2, 0)
        while x < canvas.width:
            half, roof = rng.uniform(0.055, 0.1), 0.5 + 0.14 * layer - rng.uniform(0, 0.24) * (1 - layer * 0.25)
            wall = canvas.colours.accent if layer == 1 and not rng.randrange(4) else canvas.tone(share)
            canvas.block(x + half, roof, 1.1, half, wall)
            canvas.block(x + half, roof - rng.choice((0, 0.07)), roof, 0, wall, foot=half * 1.08)
            for row, column in itertools.product(range(layer * 5), (-1, 0, 1)):
                top, lit = roof + 0.035 + 0.062 * row, rng.choice((canvas.colours.light, canvas.tone(0.9)))
                canvas.block(x + half * (1 + column * 0.52), top, top + 0.036, half * 0.17, lit, flat=True)
            x += half * 2 + rng.choice((0, 0, 0.03))


def _draw_coast(canvas: Canvas, rng: Random) -> None:
    colours, width, side = canvas.colours, canvas.width, rng.choice((-1, 1))
    x = width * (0.5 + side * rng.uniform(0.12, 0.24))
    canvas.sky(width / 2 - side * width * 0.25, rng.uniform(0.3, 0.5), rng.uniform(0.07, 0.11))
    for reach, rise in ((-1.6, -0.22), (1.6, 0.1)):
        beam = [(x, 0.25), (x + side * reach, 0.25 + rise), (x + side * reach, 0.37 + rise)]
        canvas.shape(beam, mix(colours.light, colours.top, 0.35), flat=True)
    for layer in range(5):
        swell = [(width * at / 40, 0.62 + layer * (0.075 + 0.007 * math.sin(at * 1.3 + layer))) for at in range(41)]
        canvas.land(swell, canvas.tone(-0.4 + layer * 0.25))
        if layer == 1:
            canvas.block(x + side * 0.9, 0.68, 1.1, 1.05, colours.near, foot=1.3)
            for step in range(5):
                band, half = (colours.accent, WHITE)[step % 2], 0.056 - 0.006 * step
                canvas.block(x, 0.604 - 0.076 * step, 0.68 - 0.076 * step, half, band, foot=half + 0.006, flat=step > 0)
            canvas.block(x, 0.29, 0.305, 0.045, colours.near)
            canvas.block(x, 0.225, 0.29, 0.022, colours.light, flat=True)
            canvas.block(x, 0.17, 0.228, 0, colours.accent, foot=0.036)


def _draw_waves(canvas: Canvas, rng: Random) -> None:
    width, boat = canvas.width, canvas.width * rng.uniform(0.25, 0.75)
    canvas.sky(width * rng.uniform(0.3, 0.7), 0.36, rng.uniform(0.12, 0.2))
    for row in range(7):
        y, radius, shade = 0.53 + 0.085 * row, 0.09 + 0.014 * row, canvas.tone(-0.3 + row * 0.18)
        if row == 2:  # noqa: PLR2004 - the boat is on the third row
            canvas.shape([(boat - 0.012, 0.58), (boat - 0.012, 0.25), (boat - 0.17, 0.56)], canvas.paper)
            canvas.shape([(boat + 0.012, 0.58), (boat + 0.012, 0.3), (boat + 0.12, 0.56)], canvas.colours.accent)
            canvas.block(boat, 0.59, 0.7, 0.185, canvas.colours.near, foot=0.13)
        for at in range(-1, round(width / radius / 1.7) + 2):
            for ring, share in enumerate((1, 0.76, 0.6, 0.34, 0.2)):
                x, tone = (at + row % 2 / 2 + 0.1) * radius * 1.7, mix(shade, WHITE, ring % 2 * 0.3)
                canvas.disc(x, y + radius, radius * share, tone, high=radius * share, flat=ring > 0)


def _draw_balloons(canvas: Canvas, rng: Random) -> None:
    colours, width = canvas.colours, canvas.width
    canvas.sky(width * rng.uniform(0.2, 0.8), 0.3, 0.06)
    for at in (0.08, 0.5, 0.92):
        x, y, wide = width * at + rng.uniform(-0.1, 0.1), rng.uniform(0.3, 0.66), rng.uniform(0.25, 0.45)
        bumps = [(x - wide * 0.3, 0.2, 0.5, 0.8), (x, 0.34, 0.6, 0.9), (x + wide * 0.32, 0.18, 0.75, 1)]
        cloud = [point for bump, size, begin, end in bumps for point in arc(bump, y, wide * size, begin, end)]
        canvas.shape(cloud, mix(colours.bottom, WHITE, 0.45))
    for at, size in zip(rng.sample((0.16, 0.33, 0.5, 0.67, 0.84), 3), (0.07, 0.11, 0.165), strict=True):
        x, y, stripes = width * at, rng.uniform(0.28, 0.5), rng.sample((colours.accent, canvas.paper, colours.near), 2)
        canvas.block(x, y + size, y + size * 1.6, size * 0.15, colours.bottom)
        for stripe, share in enumerate((1, 0.72, 0.42, 0.14)):
            mouth = [(x + size * share * 0.2, y + size * 1.25), (x - size * share * 0.2, y + size * 1.25)]
            canvas.shape([*arc(x, y, size * share, 0.5, 1, high=size), *mouth], stripes[stripe % 2], flat=stripe > 0)
        canvas.block(x, y + size * 1.5, y + size * 1.75, size * 0.17, colours.near)
    for layer in range(2):
        canvas.land(_outline_hills(rng, width, 0.84 + 0.08 * layer, 0.05), canvas.tone(0.2 + layer * 0.6))


def _draw_fox(canvas: Canvas, rng: Random) -> None:
    width, fur, near = canvas.width, mix(canvas.colours.accent, (226, 108, 42), 0.6), canvas.colours.near
    x, side = width * rng.uniform(0.4, 0.6), rng.choice((-1, 1))
    canvas.sky(x - side * 0.45, 0.32, 0.1)
    for step in range(9):
        _draw_fir(canvas, width * (step + rng.random()) / 9, 0.74, rng.uniform(0.2, 0.46), canvas.tone(step % 3 * -0.2))
    canvas.land(_outline_hills(rng, width, 0.72, 0.03), mix(canvas.colours.bottom, WHITE, 0.6))
    for begin, colour in ((0, fur), (0.45, WHITE)):
        canvas.shape(arc(x + side * 0.2, 0.72, 0.13 * side, begin, 0.75, high=0.12), colour, flat=begin > 0)
    canvas.block(x, 0.46, 0.84, 0.055, fur, foot=0.1)
    canvas.block(x, 0.52, 0.84, 0, WHITE, foot=0.045, flat=True)
    for ear in (-1, 1):
        canvas.shape([(x + ear * 0.125, 0.25), (x + ear * 0.02, 0.37), (x + ear * 0.125, 0.4)], fur)
    canvas.shape([(x - 0.16, 0.41), (x - 0.1, 0.335), (x + 0.1, 0.335), (x + 0.16, 0.41), (x, 0.55)], fur)
    for cheek in (-1, 1):
        canvas.shape([(x + cheek * 0.16, 0.41), (x + cheek * 0.04, 0.44), (x, 0.55)], WHITE, flat=True)
        canvas.disc(x + cheek * 0.06, 0.41, 0.013, near, flat=True)
    canvas.disc(x, 0.54, 0.02, near, flat=True)


def _draw_aerial(canvas: Canvas, rng: Random) -> None:
    width, slant, phase = canvas.width, rng.uniform(-0.25, 0.25), rng.uniform(0, 6)
    canvas.wall()
    for row, column in itertools.product(range(-1, 5), range(-2, 9)):
        x, y, wide, tone = column * 0.27 + row % 2 * 0.1, row * 0.26, rng.choice((0.25, 0.38)), canvas.pick_tone(rng)
        corners = [(x, y), (x + wide, y), (x + wide, y + 0.24), (x, y + 0.24)]
        canvas.shape([(a + b * slant, b + a * slant * 0.4) for a, b in corners], tone)
        for furrow in range(rng.choice((0, 4, 7))):
            ends = [(x + wide * (furrow + 0.5) / 7, y + at) for at in (0.01, 0.23)]
            line = [(a + b * slant, b + a * slant * 0.4) for a, b in ends]
            canvas.stroke(line, 0.006, mix(tone, canvas.colours.near, 0.25))
    course = [(width * 0.4 + 0.17 * math.sin(at / 4 + phase) + at * 0.012, at / 24 - 0.1) for at in range(30)]
    canvas.stroke(course, 0.115, mix(canvas.colours.bottom, WHITE, 0.5))
    canvas.stroke(course, 0.09, mix(canvas.colours.top, (38, 112, 164), 0.6))
    for x, y in rng.sample(course, 18):
        canvas.disc(x + rng.choice((-1, 1)) * rng.uniform(0.08, 0.14), y, rng.uniform(0.012, 0.026), canvas.tone(0.8))


def _draw_plants(canvas: Canvas, rng: Random) -> None:
    x = canvas.width * rng.uniform(0.4, 0.6)
    canvas.wall()
    canvas.shape([(x - 0.36, 1.1), *arc(x, 0.5, 0.36, 0.5, 1), (x + 0.36, 1.1)], canvas.tone(-0.45), flat=True)
    canvas.block(canvas.width / 2, 0.8, 1.1, canvas.width, canvas.tone(0.5))
    for at in rng.sample((0.22, 0.5, 0.78), 3):
        _draw_pot(canvas, rng, canvas.width * at, 0.83, rng.uniform(0.15, 0.25))


def _draw_network(canvas: Canvas, rng: Random) -> None:
    columns: list[list[Point]] = []
    for column, count in enumerate((1, 3, 7)):
        x, ys = canvas.width * (0.18 + 0.32 * column), [0.48 + 0.72 * ((at + 0.5) / count - 0.5) for at in range(count)]
        columns.append([(x + rng.uniform(-0.04, 0.04), y) for y in ys])
    canvas.wall()
    for column, nodes in enumerate(columns[1:]):
        for at, (x, y) in enumerate(nodes):
            left, top = columns[column][at * len(columns[column]) // len(nodes)]
            turns = [(step / 20, (step / 20) ** 2 * (3 - step / 10)) for step in range(21)]
            bend = [(left + (x - left) * ahead, top + (y - top) * aside) for ahead, aside in turns]
            canvas.stroke(bend, 0.01, mix(canvas.colours.accent, canvas.colours.far, 0.5))
    for radius, nodes in zip((0.12, 0.066, 0.034), columns, strict=True):
        for x, y in nodes:
            colour = rng.choice((canvas.colours.accent, canvas.colours.light, canvas.tone(0.5)))
            canvas.disc(x, y, radius, canvas.colours.accent if len(nodes) == 1 else colour)
            canvas.disc(x, y, radius * 0.45, canvas.paper, flat=True)


def _draw_blocks(canvas: Canvas, rng: Random) -> None:
    for row, column in itertools.product(range(4), range(math.ceil(canvas.width * 4))):
        x, y, kind, turn = column / 4, row / 4, rng.randrange(5), rng.randrange(4)
        ground, figure, second = rng.sample((*canvas.colours[1:], canvas.tone(-0.6)), 3)
        canvas.block(x + 0.125, y, y + 0.25, 0.125, ground, flat=True)
        at = x + 0.25 * (turn in (1, 2)), y + 0.25 * (turn > 1)
        for step in range(3 if kind == 0 else 2):
            tone = (figure, second, figure)[step]
            if kind == 0:
                canvas.block(x + 0.04 + 0.083 * step, y, y + 0.25, 0.02, figure, flat=True)
            elif kind == 1:
                canvas.disc(x + 0.125, y + 0.125, 0.09 - 0.05 * step, tone)
            elif kind < 3:  # noqa: PLR2004 - the third kind
                canvas.shape(arc(x + 0.125, y + 0.25 - 0.125 * step, 0.125, 0.5, 1), tone)
            else:
                canvas.shape([at, *arc(*at, 0.25 - 0.125 * step, turn / 4, turn / 4 + 0.25)], tone)


def _draw_shelves(canvas: Canvas, rng: Random) -> None:
    canvas.wall()
    for row in range(4):
        floor, x = 0.22 + 0.26 * row, rng.uniform(0, 0.1)
        while x < canvas.width:
            tone, kind = canvas.pick_tone(rng), rng.randrange(4)
            for _ in range(rng.randint(3, 6) if kind > 1 else 1):
                half, tall = (rng.uniform(0.012, 0.022), rng.uniform(0.13, 0.2)) if kind > 1 else (0.085, 0.12)
                if kind:
                    canvas.block(x + half, floor - tall, floor, half, tone)
                    band = mix(tone, WHITE, 0.45)
                    canvas.block(x + half, floor - tall * 0.8, floor - tall * 0.65, min(half, 0.03), band, flat=True)
                else:
                    canvas.disc(x + half, floor - 0.07, 0.07, tone)
                x, tone = x + half * 2, canvas.pick_tone(rng)
            x += rng.uniform(0.015, 0.07)
        canvas.block(canvas.width / 2, floor, floor + 0.022, canvas.width, canvas.tone(0.35))


MOTIFS: dict[Motif, str] = {
    _draw_mountains: "mountain|peak|alp|summit|climb|retr|hill|landscape",
    _draw_woods: "forest|wood|tree|log|mist|fog|autumn|landscape",
    _draw_town: "city|cities|town|skyline|street|building|house|evening|exponential",
    _draw_coast: "lighthouse|coast|cliff|harbou?r|beacon|shore|monitor|alert|observ|landscape",
    _draw_waves: "wave|sea|ocean|boat|sail|ship|water|stream|lake|idempot|landscape",
    _draw_balloons: "cloud|sky|balloon|air|wind|fly|flight|travel|morning|batch|landscape",
    _draw_fox: "fox|animal|snow|winter",
    _draw_aerial: "map|field|aerial|river|region|dashboard|landscape",
    _draw_plants: "plant|garden|grow|pot|flower|green|leaf|leaves|source",
    _draw_network: "fan-?out|network|graph|data|node|api|parallel|distribut|model",
    _draw_blocks: "block|shape|pattern|design|abstract|code|system|sequential|component",
    _draw_shelves: "shel|book|librar|storage|store|archive|file",
}
"""The motifs, each with the beginnings of the words that ask for it."""


def find_motif(prompt: str, turn: int) -> Motif:
    """Return a motif that the prompt's subject asks for, or any if it asks for none; the next ``turn``, another one."""
    subject = re.search(r"^Subject: (.*)", prompt, re.MULTILINE)
    text = (subject[1] if subject else prompt).lower()
    found = [each for each, words in MOTIFS.items() if re.search(rf"\b({words})", text)] or list(MOTIFS)
    return found[(zlib.crc32(text.encode()) + turn) % len(found)]
