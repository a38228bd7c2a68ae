"""The commands of ``imagegen``, one module for each group."""
