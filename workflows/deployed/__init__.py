"""Runs on Render: its public API, the run tree that it knows, and following a batch to its end."""
