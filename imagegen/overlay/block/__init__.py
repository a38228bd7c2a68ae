"""The block of texts on a picture: kicker, title, subtitle and byline, set together."""
