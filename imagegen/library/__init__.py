"""What a store keeps of finished batches: listed, shown, checked, repaired and deleted."""
