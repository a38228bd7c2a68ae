"""Pictures as providers send them: right format and size, made once per process."""

import hashlib
from functools import lru_cache
from io import BytesIO

from PIL import Image

LANDSCAPE = (1536, 1024)
WIDE = (1376, 768)


@lru_cache(maxsize=64)
def picture(kind: str = "JPEG", size: tuple[int, int] = LANDSCAPE, subject: str = "") -> bytes:
    """A picture of ``kind`` (JPEG, PNG or WEBP); another ``subject`` gives other colours."""
    tints = hashlib.sha256(subject.encode()).digest()[:3]
    shade = Image.linear_gradient("L").resize(size)
    drawn = Image.merge("RGB", [shade.point([(value + tint) // 2 for value in range(256)]) for tint in tints])
    out = BytesIO()
    drawn.save(out, kind)
    return out.getvalue()
