"""The styles, and the text that a provider is asked with."""

STYLES: dict[str, str] = {n: n for n in (
    "photorealistic cinematic cartoon anime 3d pixel-art watercolor oil-painting sketch minimalist neon vintage"
).split()}


def picture_prompt(prompt: str, *, style: str, context: str = "", extra_prompt: str = "") -> str:
    """The text sent to a provider for a request: the same request always gives the same text."""
    return f"{STYLES[style]}: {prompt}. {context} {extra_prompt}"
