"""How a picture has to be turned and mirrored to be seen as players show it."""

from typing import TYPE_CHECKING, NamedTuple

from minivod.media.boxes import Matrix

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_TOLERANCE = 0.02  # about a degree


class Oblique(ValueError):
    """The picture is turned by an angle that is no multiple of 90 degrees; players differ in what they show."""


class Orientation(NamedTuple):
    """What is done to a picture, in this order: swap its sides, mirror left and right, mirror top and bottom."""

    transposed: bool
    mirrored: bool
    flipped: bool

    @property
    def degrees(self) -> int:
        """The clockwise turn in it, a mirroring before it left out: 0, 90, 180 or 270."""
        if self.transposed:
            return 90 if self.mirrored else 270
        return 180 if self.flipped else 0

    @property
    def reflected(self) -> bool:
        """Whether it is mirrored left and right before it is turned by `degrees`."""
        return self.transposed ^ self.mirrored ^ self.flipped

    def apply(self, pixels: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.uint8]":
        """The picture as it is shown; height x width x RGB, contiguous."""
        import numpy as np  # the probe turns no pictures, and would take a third longer

        turned = pixels.swapaxes(0, 1) if self.transposed else pixels
        turned = turned[:, ::-1] if self.mirrored else turned
        return np.ascontiguousarray(turned[::-1] if self.flipped else turned)


UPRIGHT = Orientation(False, False, False)


def of_matrix(matrix: Matrix) -> Orientation:
    """The orientation that a display matrix asks for; raises Oblique."""
    a, b, c, d = matrix
    if not any(matrix):
        return UPRIGHT  # written by broken tools; players leave it alone
    straight, turned = min(abs(a), abs(d)), min(abs(b), abs(c))
    if straight > 0 and max(abs(b), abs(c)) <= _TOLERANCE * straight:
        return Orientation(False, a < 0, d < 0)
    if turned > 0 and max(abs(a), abs(d)) <= _TOLERANCE * turned:
        return Orientation(True, c < 0, b < 0)
    raise Oblique


def of_rotation(anticlockwise: int) -> Orientation:
    """The orientation for a turn by the nearest multiple of 90 degrees."""
    quarters = -round(anticlockwise / 90) % 4
    return (UPRIGHT, Orientation(True, True, False), Orientation(False, True, True), Orientation(True, False, True))[
        quarters
    ]
