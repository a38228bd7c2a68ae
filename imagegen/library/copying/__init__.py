"""The parts of a copy: what is chosen, how paid-for bytes and pictures are carried, how records are."""
