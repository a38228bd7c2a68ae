"""Shows a batch in the terminal: the live run tree, plain lines, the summary."""
