"""Runs on Render: its public API, its run trees, and following a batch to its end."""
