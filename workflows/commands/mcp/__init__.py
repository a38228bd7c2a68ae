"""``imagegen mcp``: a server for agents: plan, run under a cap, status and gallery, over the Model Context Protocol."""

from workflows.commands.mcp.command import register

__all__ = ["register"]
