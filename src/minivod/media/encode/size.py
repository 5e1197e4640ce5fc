"""The size of an output picture: what a template asks for, of what the source has; nothing else is known here."""

from dataclasses import dataclass

from minivod.templates.streams import VideoStream

_LEAST = 16
"""Pixels of the shorter side that every encoder takes."""


@dataclass(frozen=True)
class Layout:
    """The output's picture, and how large the source's picture is in it; all even numbers of pixels (4:2:0)."""

    width: int
    height: int
    inner_width: int
    inner_height: int

    @property
    def padded(self) -> bool:
        """Whether something has to fill the borders."""
        return (self.width, self.height) != (self.inner_width, self.inner_height)


def layout(template: VideoStream, shown: tuple[int, int]) -> Layout:
    """The output of a source that is shown with that width and height.

    Width and Height of a template are a maximum while one of them is 0: a smaller source is left as it is. Together
    they are the size, whatever the source has. With ResolutionAdaptive open they are the longer and the shorter side.
    """
    width, height = template.Width, template.Height
    if template.ResolutionAdaptive == "open" and shown[1] > shown[0]:
        width, height = height, width
    if width and height:
        return _framed(_nearest(width), _nearest(height), shown, stretched=template.FillType == "stretch")
    factor = 1.0
    if width:
        factor = min(1.0, width / shown[0])
    elif height:
        factor = min(1.0, height / shown[1])
    size = tuple(_scaled(side, factor) for side in shown)
    return Layout(*size, *size)


def enlarges(template: VideoStream, shown: tuple[int, int]) -> bool:
    """Whether the template asks for a picture that is larger than the source in a side that it names."""
    width, height = template.Width, template.Height
    if template.ResolutionAdaptive == "open" and shown[1] > shown[0]:
        width, height = height, width
    return width > shown[0] or height > shown[1]


def _framed(width: int, height: int, shown: tuple[int, int], *, stretched: bool) -> Layout:
    if stretched:
        return Layout(width, height, width, height)
    factor = min(width / shown[0], height / shown[1])
    inner = (min(width, _nearest(shown[0] * factor)), min(height, _nearest(shown[1] * factor)))
    return Layout(width, height, *inner)


def _scaled(side: int, factor: float) -> int:
    """Even; a side that is not scaled loses a pixel rather than getting one."""
    return max(_LEAST, side - side % 2 if factor == 1.0 else _nearest(side * factor))


def _nearest(side: float) -> int:
    return max(2, 2 * round(side / 2))
