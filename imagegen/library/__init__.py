"""Finished batches in a store: listed, shown, checked, repaired and deleted."""
