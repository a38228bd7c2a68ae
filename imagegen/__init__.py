"""What a picture is: requests, prompts, models, providers, overlays, cost and galleries."""
