"""The five templates by id."""

TEMPLATES: dict[str, str] = {n: n for n in "bottom-bar left-panel center-box overlay-bottom overlay-center".split()}
