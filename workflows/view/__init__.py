"""A batch as the terminal shows it: the live run tree, plain lines, the summary."""
