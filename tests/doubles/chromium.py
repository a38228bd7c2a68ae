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


def find_missing() -> str | None:
    """Return the reason why there is no browser to test with; None when there is one."""
    try:
        import playwright.sync_api  # noqa: F401
    except ModuleNotFoundError:
        return "no Playwright: pip install playwright axe-playwright-python"
    return None if _find_program() else "no Chromium: apt-get install chromium"


@contextmanager
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=_find_program(), args=FLAGS)
        try:
            yield running
        finally:
            running.close()


def _find_program() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
