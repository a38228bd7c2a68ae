"""The grounds: how a canvas is divided between texts and picture, and the surfaces that make the texts legible."""
