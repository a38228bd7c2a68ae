"""The styles, and the text that a provider is asked with.

The text is part of what is paid for: with any other word here, users buy every picture of it anew. So
``tests/request/test_purchases.py`` fails until that is meant.
"""

WORDING = 1
"""The version of what is asked. Raise it to say that users shall buy every picture that has changed anew."""

STYLES: dict[str, str] = {
    "photorealistic": "a photograph: natural light, true colours, fine surface detail, a real lens's depth of field",
    "cinematic": "a film still: dramatic directional light, rich contrast, a restrained colour grade, deep perspective",
    "cartoon": "a cartoon: bold clean outlines, flat bright colours, simple rounded shapes, a light-hearted mood",
    "anime": "anime background art: crisp line work, cel shading, luminous skies, painterly detail in the distance",
    "3d": "a 3D rendering: soft studio light, smooth matte materials, rounded forms, gentle ambient shadows",
    "pixel-art": "pixel art: a visible square grid, a small limited palette, crisp unblurred edges, simple dithering",
    "watercolor": "a watercolour painting: translucent washes, soft bleeding edges, visible paper grain, airy whites",
    "oil-painting": "an oil painting on canvas: thick visible brushwork, layered colour, warm light, deep shadows",
    "sketch": "a pencil sketch: confident hand-drawn lines, cross-hatched shading, graphite on off-white paper",
    "minimalist": "a minimalist illustration: very few flat geometric shapes, two or three colours, much empty space",
    "neon": "neon art: glowing tubes of magenta and cyan light, a dark background, reflections on wet surfaces",
    "vintage": "a mid-century print: muted faded inks, slight misregistration, halftone grain, aged paper",
}
"""Each style's name and how it is described to a model."""

_PURPOSE = "One wide landscape picture to head a blog post."
_COMPOSITION = (
    "One clear subject that reads at a glance, seen whole, with calm uncluttered space around it and nothing"
    " important at the edges."
)
_NO_TEXT = (
    "The picture holds no text of any kind: no words, letters, numbers, captions, signs, logos or watermarks."
    " Show the idea; do not write it."
)


def picture_prompt(prompt: str, *, style: str, context: str = "", extra_prompt: str = "") -> str:
    """The text sent to a provider for a request: the same request always gives the same text.

    ``style`` is one of ``STYLES``; ``context`` says what the post is about and ``extra_prompt`` what else the
    picture should have. Each is set on a line of its own, whatever line breaks it came with.
    """
    lines = [
        _PURPOSE,
        f"Subject: {_line(prompt)}",
        f"Context: {_line(context)}" if context.strip() else "",
        f"Also: {_line(extra_prompt)}" if extra_prompt.strip() else "",
        f"Style: {STYLES[style]}.",
        f"Composition: {_COMPOSITION}",
        _NO_TEXT,
    ]
    return "\n".join(line for line in lines if line)


def _line(text: str) -> str:
    return " ".join(text.split())
