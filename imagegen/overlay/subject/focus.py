"""The place in a picture that a request names as its subject."""

FOCUS_POINTS = {
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
    "center": (0.5, 0.5),
}
"""The places with a name, as shares of the picture's width and height."""


def read_focus(focus: str) -> tuple[float, float]:
    """Return a focus as shares of the picture's width and height. Raises ValueError for anything else.

    ``focus`` is one of the names, or two numbers from 0 to 1 with a comma between them, such as ``0.3,0.4``.
    """
    if focus in FOCUS_POINTS:
        return FOCUS_POINTS[focus]
    x, y = (float(part) for part in focus.split(","))
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(focus)
    return x, y
