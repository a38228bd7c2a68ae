"""The machine that the figures were measured on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

_PACKAGES = ("render", "openai", "google-genai", "boto3", "pillow", "pydantic")


def description() -> dict[str, Any]:
    """The machine, its load, and the versions of what weighs."""
    return {
        "cpu": _after("/proc/cpuinfo", "model name"),
        "cpus": os.cpu_count(),
        "memory_mb": round(int((_after("/proc/meminfo", "MemTotal") or "0").split()[0]) / 1024),
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _after(path: str, field: str) -> str | None:
    """The first value of ``field`` in a file of the kernel's ``field: value`` lines."""
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return None
