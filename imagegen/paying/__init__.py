"""Who may pay for a request, and how much: claims, accounts, caps and paces. Knows nothing of pictures."""
