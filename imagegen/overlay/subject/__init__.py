"""The subject of a picture: faces first, then what stands out from its surroundings."""
