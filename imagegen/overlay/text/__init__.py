"""A title from text to placed glyphs: characters, order, breaks, fonts, sizes and ink."""
