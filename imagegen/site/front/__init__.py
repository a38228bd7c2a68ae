"""Front matter in YAML and TOML: read, and changed in some keys alone."""
