"""A doctor's look at this installation: tells if concurrent runs pay once, and what is broken.

Nothing is spent, no key is sent anywhere, and nothing stays behind: what is written to the store is deleted again.
"""

import errno
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from imagegen import providers
from imagegen.errors import ConfigurationError
from imagegen.library.network import check_clock, check_link, check_permanent_link
from imagegen.library.trials import Check, Level, try_store
from imagegen.request.catalog import PROVIDERS
from imagegen.settings import Settings
from storage import Store, StoreError, keys
from storage.directory import INCOMING, LOCK, DirectoryStore
from storage.endpoint import is_exposed
from storage.links import read_expiry

SERVERS = "AWS S3, MinIO or SeaweedFS 4.18 or newer; docs/reliability.md says which were tried"
_KEY = re.compile(r"[!#-&(-;=?-~]{16,512}")
"""A key in printable ASCII, without quotes, angle brackets and spaces, which belong to shells and placeholders."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, and one verdict. ``pays_once`` is None when it could not be found out."""

    location: str
    checks: tuple[Check, ...]
    pays_once: bool | None

    @property
    def is_sound(self) -> bool:
        """True when concurrent runs pay once and nothing is broken."""
        return self.pays_once is True and not self._failed

    @property
    def verdict(self) -> str:
        """One sentence: concurrent runs pay once or not, and what to change."""
        if self.pays_once is None:
            broken = self._failed or "the store"
            return f"Unknown if concurrent runs pay once here: fix {broken} and run 'imagegen doctor' again."
        if not self.pays_once:
            return (
                "Concurrent runs do not pay once here: two runs at the same moment may both pay for the same picture; "
                f"never start two at once, or use a server that honours conditional writes ({SERVERS})."
            )
        if self._failed:
            return f"Concurrent runs pay once here, but something is broken: fix {self._failed}."
        return "Concurrent runs pay once here: of all runs that want a picture at the same moment, one pays for it."

    @property
    def _failed(self) -> str:
        return ", ".join(dict.fromkeys(check.name for check in self.checks if check.level == "fail"))


def diagnose(settings: Settings, open_store: Callable[[], Store]) -> Diagnosis:
    """Look at the store that the settings name, at the keys and at what draws titles.

    ``open_store`` may raise StoreError, which becomes a check like any other finding.
    """
    around = (*check_keys(settings), check_fonts(), check_shaping(settings))
    try:
        store = open_store()
    except StoreError as error:
        return Diagnosis("", (Check("settings", "fail", str(error)), *around), None)
    first = _check_transport(store, settings)
    public = bool(settings.minio_public_base_url)
    try:
        with _borrow(store) as probed:
            trials = try_store(probed, lambda url, data: check_link(url, data, public=public))
    except OSError as error:
        closed = Check("store", "fail", f"{error.filename}: {error.strerror}; choose another directory")
        return Diagnosis(store.location, (*first, closed, *around), None)
    links = () if trials.pays_once is None else _check_permanence(store)
    return Diagnosis(store.location, (*first, *trials.checks, *links, *around), trials.pays_once)


def check_keys(settings: Settings) -> Iterator[Check]:
    """Look at each provider's key: set, shaped like one, and with an address to send it to. None is sent or shown."""
    for provider, entry in PROVIDERS.items():
        key, name = settings.find_key(provider), f"{provider} key"
        try:
            providers.endpoint(provider, settings)
        except ConfigurationError as error:
            yield Check(name, "fail", str(error))
            continue
        if not key:
            yield Check(name, "warn", f"{' or '.join(entry.key_variables)} is not set: its models cannot be asked")
        elif not _KEY.fullmatch(key):
            named = " or ".join(entry.key_variables)
            yield Check(name, "fail", f"{named} is no key: copy it anew, whole, without quotes and spaces")
        else:
            yield Check(name, "ok", "set, and shaped like a key (it was not sent anywhere)")


def check_fonts() -> Check:
    """Find the file of every font, those for other scripts among them."""
    from imagegen.overlay.text.fonts import CJK, FALLBACKS, FONTS

    missing = []
    for font in (*FONTS.values(), *FALLBACKS, *CJK.values()):
        with suppress(ConfigurationError):
            if font.path().is_file():
                continue
        missing.append(font.id)
    if missing:
        return Check("fonts", "fail", f"missing: {', '.join(missing)}; install imagegen again: pip install .")
    return Check("fonts", "ok", f"all {len(FONTS)} fonts and {len(FALLBACKS) + len(CJK)} fallback fonts are there")


def check_shaping(settings: Settings) -> Check:
    """Find FriBiDi, without which titles are drawn letter by letter, or nothing is where it is required."""
    from imagegen.overlay.text.engine import has_shaping

    if has_shaping():
        return Check("FriBiDi", "ok", "titles are shaped and kerned")
    level: Level = "fail" if settings.require_shaping else "warn"
    effect = "titles have no kerning, and scripts that need shaping are refused"
    if settings.require_shaping:
        effect = "REQUIRE_SHAPING is true, so no picture is made"
    return Check(
        "FriBiDi", level, f"missing: {effect}; 'apt-get install libfribidi0' or 'brew install fribidi' adds it"
    )


def _check_transport(store: Store, settings: Settings) -> Iterator[Check]:
    """Compare the clocks of both ends, and look for pictures that cross a network unencrypted."""
    if isinstance(store, DirectoryStore):
        return
    yield check_clock(settings.minio_endpoint)
    if is_exposed(settings.minio_endpoint):
        yield Check("encryption", "warn", "MINIO_ENDPOINT is http:// to another host: use https://")


def _check_permanence(store: Store) -> Iterator[Check]:
    """Open a link that is meant to last, in a bucket whose pictures have such links."""
    if not isinstance(store, DirectoryStore) and not read_expiry(store.url(keys.image("0" * 64))):
        yield check_permanent_link(store)


@contextmanager
def _borrow(store: Store) -> Iterator[Store]:
    """Lend the store to trials, so that a directory looks afterwards as it did before.

    A directory that no run has written to is left alone: a new one beside its future files, on the same disk, takes
    its place.
    """
    if not isinstance(store, DirectoryStore):
        yield store
        return
    root = Path(store.location)
    _require_way(root)
    scratch = None if (root / INCOMING / LOCK).exists() else _make_beside(root)
    if scratch:
        try:
            yield DirectoryStore(scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return
    probes = root / keys.PROBES
    there = probes.exists()
    try:
        yield store
    finally:
        if not there:
            with suppress(OSError):
                probes.rmdir()


def _require_way(root: Path) -> None:
    """Raise OSError when a link on the way to ``root`` leads nowhere: no run could make a directory there."""
    for path in (root, *root.parents):
        if path.is_symlink() and not path.exists():
            raise FileNotFoundError(errno.ENOENT, "a symbolic link that leads nowhere", str(path))


def _make_beside(root: Path) -> Path | None:
    """Make a directory in ``root``, or in the nearest one above it that exists; None where that cannot be."""
    existing = next(path for path in (root, *root.parents) if path.exists())
    try:
        return Path(tempfile.mkdtemp(prefix=".imagegen-doctor-", dir=existing))
    except OSError:
        return None
