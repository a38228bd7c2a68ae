"""What keeps a clone working: installing what the locks hold, renewing them, and proving them."""
