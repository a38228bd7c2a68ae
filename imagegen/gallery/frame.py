"""The document around every page: one self-contained file under a strict Content-Security-Policy."""

import base64
import hashlib
from functools import cache
from html import escape
from importlib import resources
from string import Template

from imagegen.gallery.markup import Html, element

SCRIPTS = ("pictures.js", "sealed.js", "cells.js", "lightbox.js", "gallery.js")
"""The parts of the page's script, in the order in which they build on each other."""


@cache
def read_asset(name: str) -> Html:
    """A file of this package, as it is."""
    return Html(resources.files("imagegen.gallery").joinpath("assets", name).read_text("utf-8"))


def document(*, title: str, body: Html, image_sources: str) -> bytes:
    """A whole page. ``image_sources`` are the CSP sources that pictures may come from; nothing else is ever fetched."""
    style, script = read_asset("gallery.css"), "".join(map(read_asset, SCRIPTS))
    policy = (
        f"default-src 'none'; img-src {image_sources}; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = Template(read_asset("frame.html")).substitute(
        policy=escape(policy),
        title=element("title", title),
        style=style,
        script=script,
        body=body,
    )
    return page.encode()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
