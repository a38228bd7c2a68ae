"""Removal from a store: a batch, or all that is superfluous, and never what anything else needs."""
