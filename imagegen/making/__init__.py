"""From a pair to a stored picture, and from a batch to all of its pictures, each paid for once."""
