"""The right to pay for a request, and its limits: claims, accounts, caps and paces. Knows nothing of pictures."""
