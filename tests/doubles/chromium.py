"""A headless Chromium that keeps to itself: no background traffic, a fresh profile."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing() -> str | None:
    """Why there is no browser to test with, if there is none."""
    try:
        import playwright.sync_api  # noqa: F401
    except ModuleNotFoundError:
        return "no Playwright: pip install playwright axe-playwright-python"
    return None if _program() else "no Chromium: apt-get install chromium"


@contextmanager
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=_program(), args=FLAGS)
        try:
            yield running
        finally:
            running.close()


def _program() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
