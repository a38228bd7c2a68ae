"""Posts in, covers out: reads a site's posts and writes covers into it; knows nothing of stores or of Render."""
