"""The server for agents: plan, run under a cap, status and gallery, over the Model Context Protocol."""
