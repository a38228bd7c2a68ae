"""Fake servers of both providers, and a runtime that leads to them."""

from tests.workflows.conftest import gemini, openai, runtime

__all__ = ["gemini", "openai", "runtime"]
