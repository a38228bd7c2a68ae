"""Runs batches: the two tasks on the Render SDK, the local engine, the client of deployed runs, the command line."""
