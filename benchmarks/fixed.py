"""A runtime whose provider answers with one picture after a fixed time, and a store that counts what it is asked."""

import time
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from benchmarks.standins import USUAL, photograph
from imagegen.making.runtime import Runtime
from imagegen.providers import Generated, PictureRequest
from imagegen.settings import Settings
from storage.directory import DirectoryStore
from storage.store import ObjectInfo, Page, Version


class FixedProvider:
    """Answers every request after ``latency`` seconds."""

    def __init__(self, latency: float) -> None:
        self.calls = 0
        self._latency = latency
        self._picture = photograph(USUAL)

    def generate(self, request: PictureRequest) -> Generated:  # noqa: ARG002 - every request is answered alike
        """The picture."""
        self.calls += 1
        time.sleep(self._latency)
        return Generated(self._picture, 0.04)


class CountingStore(DirectoryStore):
    """A directory that counts the requests that a bucket would see."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.requests: Counter[str] = Counter()

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        """Count, and create."""
        self.requests["create"] += 1
        return super().create(key, data, content_type=content_type, metadata=metadata)

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        """Count, and swap."""
        self.requests["swap"] += 1
        return super().swap(key, data, version=version, content_type=content_type)

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        """Count, and replace."""
        self.requests["replace"] += 1
        super().replace(key, data, content_type=content_type)

    def get(self, key: str) -> bytes:
        """Count, and read."""
        self.requests["get"] += 1
        return super().get(key)

    def head(self, key: str) -> ObjectInfo:
        """Count, and look."""
        self.requests["head"] += 1
        return super().head(key)

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        """Count, and list."""
        self.requests["list"] += 1
        return super().list(prefix, after=after, limit=limit)


class FixedRuntime(Runtime):
    """A process's runtime with a FixedProvider and a CountingStore in ``directory``."""

    def __init__(self, directory: Path, *, in_flight: int, latency: float = 0.0) -> None:
        super().__init__(Settings(max_in_flight=in_flight, max_images_per_batch=100_000, openai_api_key="x"))
        self.asked = FixedProvider(latency)
        self._directory = directory

    @cached_property
    def store(self) -> CountingStore:
        """The counting store."""
        return CountingStore(self._directory)

    def provider(self, name: str) -> FixedProvider:  # noqa: ARG002 - one stands for all
        """The fixed provider."""
        return self.asked
