"""The app's two pictures, drawn as Teams wants them; the same sign as on the chat page (web/static/icon.svg)."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

COLOR_SIZE = 192
OUTLINE_SIZE = 32
BLUE = (11, 92, 173, 255)
WHITE = (255, 255, 255, 255)
CLEAR = (0, 0, 0, 0)
_OVERSAMPLE = 8  # Pillow draws without smoothing


def color_icon() -> bytes:
    """White on blue up to the edge: Teams rounds the corners itself."""
    return _drawn(COLOR_SIZE, BLUE)


def outline_icon() -> bytes:
    """White on nothing: Teams colours it."""
    return _drawn(OUTLINE_SIZE, CLEAR)


def _drawn(size: int, background: tuple[int, int, int, int]) -> bytes:
    large = size * _OVERSAMPLE
    picture = Image.new("RGBA", (large, large), background)
    pen = ImageDraw.Draw(picture)
    unit = large / 32

    def stroke(x1: float, y1: float, x2: float, y2: float) -> None:
        half = 1.5
        box = (unit * (x1 - half), unit * (y1 - half), unit * (x2 + half), unit * (y2 + half))
        pen.rounded_rectangle(box, radius=unit * half, fill=WHITE)

    stroke(9, 9.5, 23, 9.5)
    stroke(16, 9.5, 16, 23)
    pen.ellipse((unit * 20.8, unit * 19.8, unit * 25.2, unit * 24.2), fill=WHITE)
    file = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()
