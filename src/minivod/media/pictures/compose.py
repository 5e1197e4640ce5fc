"""Puts a frame onto a canvas: scaled, what it does not fill painted, watermarks laid over; in the confined child."""

from pathlib import Path

from av.video.frame import VideoFrame
from PIL import Image, ImageFilter

from minivod.media.orientation import Orientation, of_rotation
from minivod.media.pictures.deinterlace import progressive
from minivod.media.pictures.order import Canvas, Laid
from minivod.media.shown import shown, square

_SOFT = 20
"""The shorter side of a canvas over the radius of the blur."""


class Composer:
    """Makes pictures for one canvas."""

    def __init__(
        self, canvas: Canvas, marks: list[Laid], stretch: float, orientation: Orientation | None, *, fields: bool
    ) -> None:
        """What pictures have in common.

        Args:
            canvas: of them.
            marks: that are laid over them.
            stretch: width of a pixel over its height.
            orientation: None: as each frame says.
            fields: whether a frame is a field, which has every second line.
        """
        self._canvas, self._orientation, self._fields = canvas, orientation, fields
        self._stretch = stretch / 2 if fields else stretch
        self._marks = [(mark, _opened(mark.name)) for mark in marks]

    def picture(self, frame: VideoFrame, moment: float) -> Image.Image:
        """The picture of a frame that is shown at that moment, seconds."""
        picture = self._filled(frame)
        for mark, image in self._marks:
            if mark.start <= moment and (mark.end is None or moment < mark.end):
                picture.paste(image, (mark.x, mark.y), image)
        return picture

    def _filled(self, frame: VideoFrame) -> Image.Image:
        frame = frame if self._fields else progressive(frame)
        orientation = self._orientation or of_rotation(frame.rotation)
        width, height = square(frame.width, frame.height, self._stretch)
        if orientation.transposed:
            width, height = height, width
        whole = (self._canvas.width, self._canvas.height)
        factor = min(whole[0] / width, whole[1] / height)
        fitted = whole if self._canvas.fill == "stretch" else _scaled(width, height, factor)
        # A pixel of rounding is no bar.
        fitted = whole if all(abs(one - other) <= 1 for one, other in zip(fitted, whole, strict=True)) else fitted
        image = self._image(frame, fitted, orientation)
        if fitted == whole:
            return image
        background = self._background(image)
        background.paste(image, ((whole[0] - fitted[0]) // 2, (whole[1] - fitted[1]) // 2))
        return background

    def _background(self, image: Image.Image) -> Image.Image:
        whole = (self._canvas.width, self._canvas.height)
        if self._canvas.fill != "gauss":
            return Image.new("RGB", whole, self._canvas.fill)
        factor = max(whole[0] / image.width, whole[1] / image.height)
        wide, high = whole[0] / factor, whole[1] / factor
        left, top = (image.width - wide) / 2, (image.height - high) / 2
        cover = image.resize(whole, Image.Resampling.BILINEAR, (left, top, left + wide, top + high))
        return cover.filter(ImageFilter.GaussianBlur(max(1, min(whole) / _SOFT)))

    def _image(self, frame: VideoFrame, fitted: tuple[int, int], orientation: Orientation) -> Image.Image:
        size = fitted[::-1] if orientation.transposed else fitted
        enlarged = size[0] > frame.width or size[1] > frame.height
        width, height, pixels = shown(frame, size, orientation, "BICUBIC" if enlarged else "AREA")
        return Image.frombytes("RGB", (width, height), pixels)


def _opened(name: str) -> Image.Image:
    with Image.open(Path(name)) as image:
        return image.convert("RGBA")


def _scaled(width: float, height: float, factor: float) -> tuple[int, int]:
    return max(1, round(width * factor)), max(1, round(height * factor))
