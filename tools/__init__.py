"""Programs that keep a clone working: install what the locks hold, renew the locks, and prove them."""
