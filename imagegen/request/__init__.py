"""What may be asked for: batches, models and prompts."""
