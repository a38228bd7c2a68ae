"""Requests: batches, models and prompts."""
