"""Prints rows in columns without cutting a character: ids stay whole in pipes and in narrow terminals."""

import sys
import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from imagegen.formatting import one_line

NARROWEST = 20
"""Least width of the column that may break, in terminal cells."""
_GAP = "  "


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]], *, breaks: int) -> None:
    """Print rows under a header. In a terminal the column ``breaks`` wraps between words."""
    from rich.cells import cell_len
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    table = [header, *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    if sys.stdout.isatty():
        others = sum(widths) - widths[breaks] + len(_GAP) * (len(widths) - 1)
        widths[breaks] = min(widths[breaks], max(console.width - others, NARROWEST))
    for number, row in enumerate(table):
        cells = [[cell] for cell in row]
        if sys.stdout.isatty():
            cells[breaks] = wrap(row[breaks], widths[breaks])
        for line in zip_longest(*cells, fillvalue=""):
            padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
            # soft_wrap: Rich neither cuts nor wraps the line; a narrower terminal wraps it itself.
            console.print(_GAP.join(padded).rstrip(), style=None if number else "bold", soft_wrap=True)


def print_list(name: str, items: Sequence[str]) -> None:
    """Print a name and its items, separated by commas: on one line, or wrapped between items in a terminal."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    text = f"{name}{_GAP}{', '.join(items)}"
    for line in wrap(text, console.width) if sys.stdout.isatty() else [text]:
        console.print(line, soft_wrap=True)
    sys.stdout.write("\n")


def wrap(text: str, width: int) -> list[str]:
    """Wrap ``text`` to lines of at most ``width`` characters; a longer word has a line of its own."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
