"""Brands: colours, logo, fonts and byline, read from ``brands/<name>/``."""
