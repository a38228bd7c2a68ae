"""The offline painter."""

from io import BytesIO

from imagegen.providers import Generated, PictureRequest
from imagegen.settings import Settings


class _Painter:
    def __init__(self, settings: Settings) -> None:
        self._latency = settings.offline_latency

    def generate(self, request: PictureRequest) -> Generated:
        import time

        from PIL import Image

        time.sleep(self._latency)
        out = BytesIO()
        Image.effect_mandelbrot(request.size, (-2, -1, 1, 1), 30).convert("RGB").save(out, "JPEG")
        return Generated(out.getvalue(), 0.0)


def connect(settings: Settings) -> _Painter:
    return _Painter(settings)
