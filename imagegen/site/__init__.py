"""Posts and tables in, pictures under readable names out; knows front matter and folders, no store and no provider."""
