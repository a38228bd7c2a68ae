"""Drawings are shapes alone, within bounds, whatever the file asks for."""

import time

import pytest

from imagegen.overlay.brands.files import Unfit
from imagegen.overlay.brands.svg import MOST_DEPTH, MOST_ELEMENTS, check_svg
from imagegen.overlay.brands.svg import draw_svg as rasterise
from tests.overlay.brands.making import SVG, draw_svg

RECT = '<rect width="40" height="20"/>'
XLINK = 'viewBox="0 0 40 20" xmlns:xlink="http://www.w3.org/1999/xlink"'


def laugh(element: str, name: str) -> str:
    """Groups of ten references each to the one before: ten lines, ten billion shapes."""
    uses = [f'<use {name}="#g{number}"/>' for number in range(11)]
    groups = [f'<{element} id="g{number + 1}">{uses[number] * 10}</{element}>' for number in range(10)]
    return f'<{element} id="g0">{RECT}</{element}>{"".join(groups)}{uses[10]}'


@pytest.mark.parametrize(
    "data",
    [
        SVG,
        b"\xef\xbb\xbf" + SVG,
        SVG.replace(b">", b">\r\n"),
        draw_svg(RECT, before='<?xml version="1.0" encoding="UTF-8"?>\n<!-- an editor -->\n'),
        draw_svg(
            RECT,
            before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
        ),
        draw_svg(f'<defs><g id="a">{RECT}</g></defs><use href="#a"/><use xlink:href="#a"/>', XLINK),
        draw_svg(f'<linearGradient id="a"/><style>.x{{fill:url(#a)}} .y{{fill:url( "#a" )}}</style>{RECT}'),
        draw_svg(f"<style>rect{{fill:#000}} @media (prefers-color-scheme: dark) {{rect{{fill:#fff}}}}</style>{RECT}"),
        draw_svg(f'<clipPath id="a">{RECT}</clipPath><g clip-path="url(#a)">{RECT}</g>'),
        draw_svg(f'<x:view xmlns:x="http://editor.example"><script/><x:y/></x:view><title>A &amp; B</title>{RECT}'),
        draw_svg('<path id="a9999999" fill="#1e9999" style="fill:#9e9999" d="M1 1h9v9z"/>'),
        draw_svg(RECT, 'width="40mm" height="20mm" viewBox="0 0 1 1"'),
        draw_svg(RECT, 'width="100%" height="100%" viewBox="0,0, 40 20"'),
        draw_svg(RECT, 'width="40" height="20"'),
    ],
)
def test_what_editors_write_is_accepted_and_drawn(data: bytes) -> None:
    check_svg(data)
    image = rasterise(data, height=30)
    assert image.mode == "RGBA"
    assert image.height == 30
    assert any(image.getchannel("A").tobytes())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "well-formed"),
        (b"<svg", "well-formed"),
        (b"GIF89a", "well-formed"),
        (SVG + SVG, "well-formed"),
        (SVG.decode().encode("utf-16"), "UTF-8"),
        (b"<svg/>", 'begins with <svg xmlns="http://www.w3.org/2000/svg">'),
        (b"<html><svg/></html>", "begins with <svg"),
        (draw_svg("<script>alert(1)</script>"), "<script>: scripts are not allowed"),
        (draw_svg('<rect onload="alert(1)"/>'), "without scripts"),
        (draw_svg("<text>Acme</text>"), "<text>: text depends on the fonts of the machine: turn it into paths"),
        (draw_svg('<image href="file:///etc/passwd"/>'), "<image>: a picture cannot be part of it"),
        (draw_svg('<image href="data:image/png;base64,AAAA"/>'), "<image>: a picture cannot be part of it"),
        (draw_svg("<foreignObject/>"), "<foreignObject>: this element is not allowed"),
        (draw_svg('<filter id="a"/>'), "<filter>: filters are not drawn: give a PNG"),
        (draw_svg('<use href="other.svg#a"/>'), "without references to other files (other.svg#a)"),
        (draw_svg('<use xlink:href="https://a.example/#a"/>', XLINK), "without references to other files"),
        (draw_svg('<rect fill="url(https://a.example/b)"/>'), "without references to other files"),
        (draw_svg("<rect style=\"fill: URL( 'a.svg#b' )\"/>"), "without references to other files"),
        (draw_svg("<style>rect{fill:url(//a.example)}</style>"), "without references to other files"),
        (draw_svg("<style>@import 'a.css';</style>"), "import none"),
        (draw_svg("<style>rect{fill:\\75rl(//a.example)}</style>"), "no backslashes"),
        (draw_svg('<style>rect{mask:url(#a)}</style><mask id="a"/>'), "refer to gradients only"),
        (draw_svg(f"<style>{'a{}' * 7000}</style>"), "20,000 characters of style sheets"),
        (draw_svg('<path stroke-dasharray=".001"/>'), "without dasharray"),
        (draw_svg('<path style="stroke-dasharray:.001"/>'), "without dasharray"),
        (draw_svg("<style>path{stroke-dasharray:.001}</style>"), "without dasharray"),
        (draw_svg('<path filter="blur(900px)"/>'), "without filter in its styles: give a PNG"),
        (draw_svg('<path d="m8 1c1-1e9 2 3 4 5"/>'), "numbers are at most 100,000"),
        (draw_svg('<g transform="scale(1000000)"/>'), "numbers are at most 100,000"),
        (draw_svg('<path style="stroke:#1e9999;stroke-width:999999"/>'), "numbers are at most 100,000"),
        (draw_svg("<style>path{stroke-width:1e6}</style>"), "numbers are at most 100,000"),
        (draw_svg(before='<!DOCTYPE svg [<!ENTITY a "aa">]>'), "without entities of its own"),
        (draw_svg(before='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "without entities of its own"),
        (draw_svg(before='<?xml-stylesheet href="a.css"?>'), "without processing instructions"),
        (draw_svg('<g id="a"><use href="#a"/></g>'), "no element refers to itself"),
        (draw_svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "no element refers to itself"),
        (draw_svg(laugh("g", "href")), "at most 3,000 elements, those of references counted each time"),
        (draw_svg(laugh("symbol", "xlink:href"), XLINK), "those of references counted each time"),
        (draw_svg("<g/>" * MOST_ELEMENTS), "at most 3,000 elements"),
        (draw_svg("<g>" * MOST_DEPTH + "</g>" * MOST_DEPTH), "24 inside each other"),
        (draw_svg("<g>" * 100_000), "24 inside each other"),
        (draw_svg("<a:b xmlns:a='x'>" + "<a:b>" * 100_000), "24 inside each other"),
        (draw_svg("", ""), "a viewBox"),
        (draw_svg("", 'viewBox="0 0 40"'), "a viewBox"),
        (draw_svg("", 'viewBox="0 0 -40 20"'), "a viewBox"),
        (draw_svg("", 'viewBox="0 0 1e9 20"'), "numbers are at most 100,000"),
        (draw_svg("", 'width="40" height="20mm"'), "the same unit"),
        (draw_svg("", 'width="40" viewBox="0 0 40 20"'), "the same unit"),
        (draw_svg("", 'viewBox="0 0 40 0"'), "at most 12 times the shorter one"),
        (draw_svg("", 'viewBox="0 0 100000 1"'), "at most 12 times the shorter one"),
        (draw_svg("", 'width="1" height="100000" viewBox="0 0 1 1"'), "at most 12 times the shorter one"),
    ],
)
def test_everything_else_is_refused_at_once(data: bytes, expected: str) -> None:
    start = time.monotonic()
    with pytest.raises(Unfit) as caught:
        check_svg(data)
    assert expected in str(caught.value)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("sides", [{"height": 10}, {"height": 333}, {"width": 333}])
def test_a_drawing_is_drawn_at_the_exact_size(sides: dict[str, int]) -> None:
    image = rasterise(SVG, **sides)
    (side, pixels), *_ = sides.items()
    assert getattr(image, side) == pixels
    assert image.width / image.height == pytest.approx(2, abs=0.05)


def test_what_the_renderer_refuses_is_a_problem() -> None:
    with pytest.raises(Unfit, match="an SVG that can be drawn"):
        rasterise(draw_svg("", 'width="0" height="0"'), height=10)


def test_the_worst_that_is_accepted_is_drawn_in_seconds() -> None:
    layer = '<g opacity=".5">'
    layers = (layer * 20 + RECT + "</g>" * 20) * 130
    data = draw_svg(layers, 'viewBox="0 0 240 20"')
    check_svg(data)
    start = time.monotonic()
    rasterise(data, height=60)
    assert time.monotonic() - start < 20
