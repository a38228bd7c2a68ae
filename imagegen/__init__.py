"""Pictures: requests, prompts, models, providers, overlays, cost and galleries."""

import os

# Looking for plugins, pydantic reads the metadata of every installed package: 20 ms of CPU in each leaf's process.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
