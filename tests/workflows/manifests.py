"""The models of a two-model batch, and the manifest of the only batch in a store."""

from pathlib import Path

from imagegen.making.runtime import Runtime
from imagegen.results import BatchResult

BOTH = ["gemini-3-pro-image-preview", "gpt-image-1"]


def last_manifest(runtime: Runtime) -> BatchResult:
    (path,) = Path(runtime.settings.store).glob("batches/*/batch.json")
    return BatchResult.parse(path.read_bytes())
