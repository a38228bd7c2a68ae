"""The pace at which models may be asked: of one batch, and of batches that run at the same time."""
