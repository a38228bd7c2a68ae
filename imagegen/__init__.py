"""Pictures: requests, prompts, models, providers, overlays, cost and galleries."""
