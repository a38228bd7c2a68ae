"""Builds HTML in which text is escaped unless its type marks it as markup."""

from html import escape

VOID = frozenset({"img", "input"})


class Html(str):
    """Markup, safe to put into a page as it is."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str | bool | None) -> Html:
    """An element. Plain strings in ``content`` are escaped; so is every attribute's value.

    Attributes are written as keywords: ``class_="row"``, ``data_model="x"``. True is an attribute without a value,
    False and None leave it out.
    """
    tag = name + "".join(_attribute(key, value) for key, value in attributes.items())
    return Html(f"<{tag}>") if name in VOID else Html(f"<{tag}>{join(*content)}</{name}>")


def join(*content: str) -> Html:
    """Concatenate the pieces, with plain text escaped."""
    return Html("".join(piece if isinstance(piece, Html) else escape(piece) for piece in content))


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return "" if value is None or value is False else f' {name}="{escape(value)}"'
