"""Tables of prompts as batches: CSV, JSON Lines, YAML and text."""
