"""Shows HDR10 pictures as players do on screens without HDR, and makes pictures of such screens fit for HDR.

Review's detectors know pictures without HDR only: a classifier of nudity gives three times as much for HDR10 that is
taken for one (docs/review.md). HLG needs nothing there: it was made to be looked at on such screens.
"""

import numpy as np
import numpy.typing as npt

_PEAK, _WHITE = 10_000.0, 203.0  # cd/m²: of ST 2084, and of a sheet of paper (ITU-R BT.2408)
_SHOWN_WHITE = 0.8
"""Where paper white comes out. What is brighter has the rest, so that no text in it is lost."""
_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
# Linear light from the primaries of BT.2020 to those of BT.709 (ITU-R BT.2087 has the inverse).
_TO_709 = np.linalg.inv([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
_STEPS = 4096

Floats = npt.NDArray[np.floating]


def _light(code: Floats) -> Floats:
    """Light of a PQ code, paper white being 1."""
    power = code ** (1 / _M2)
    return np.asarray(_PEAK / _WHITE * (np.maximum(power - _C1, 0.0) / (_C2 - _C3 * power)) ** (1 / _M1))


def _to_srgb(linear: Floats) -> Floats:
    """IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _to_linear(value: Floats) -> Floats:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _shown(code: Floats) -> Floats:
    """What light of a PQ code comes out as, 0 to 1: up to paper white as usual, above it by the steps of PQ."""
    light = _light(code)
    white = np.interp(1.0, light, code)
    above = _SHOWN_WHITE + (1 - _SHOWN_WHITE) * (code - white) / (1 - white)
    return np.where(light <= 1, _to_srgb(np.minimum(light, 1.0)) * _SHOWN_WHITE, above)


def _factors() -> npt.NDArray[np.float32]:
    """By what light is multiplied; in equal steps of its fourth root, which is quick to take."""
    codes = np.linspace(0.0, 1.0, _STEPS)
    light = np.linspace(0.0, 1.0, _STEPS) ** 4 * _BRIGHTEST
    shown = _to_linear(_shown(np.interp(light, _light(codes), codes)))
    return np.asarray(shown / np.maximum(light, 1e-9), np.float32)


_BRIGHTEST = float(_light(np.array(1.0)))
_FACTORS = _factors()
_LIGHT_OF_BYTE = _light(np.arange(256) / 255).astype(np.float32)
_BYTES = np.round(_to_srgb(np.linspace(0.0, 1.0, _STEPS)) * 255).astype(np.uint8)
_MATRIX = _TO_709.T.astype(np.float32)

_REFERENCE = 0.75
"""The HLG signal of paper white (ITU-R BT.2408)."""
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073  # of HLG (ITU-R BT.2100)


def to_hdr(pixels: npt.NDArray[np.uint8], kind: str) -> npt.NDArray[np.uint8]:
    """The picture as it looks the same on HDR: its white is paper white.

    Args:
        pixels: height x width x RGB, sRGB.
        kind: HDRType of the wire: hdr10 or hlg; the colours become those of BT.2020.
    """
    light = np.clip(_to_linear(pixels / 255) @ np.linalg.inv(_TO_709).T, 0.0, 1.0)
    code = _pq(light) if kind == "hdr10" else _hlg(light)
    return np.asarray(np.round(code * 255), np.uint8)


def _pq(light: Floats) -> Floats:
    """The PQ code of light, paper white being 1 (SMPTE ST 2084)."""
    power = (light * _WHITE / _PEAK) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


def _hlg(light: Floats) -> Floats:
    """The HLG code of light, paper white being 1 (ITU-R BT.2100)."""
    scene = light * (np.exp((_REFERENCE - _C) / _A) + _B) / 12
    return np.asarray(
        np.where(scene <= 1 / 12, np.sqrt(3 * scene), _A * np.log(np.maximum(12 * scene - _B, 1e-9)) + _C)
    )


def to_sdr(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture for a screen without HDR.

    Args:
        pixels: height x width x RGB, of BT.2020 with PQ as they are coded.
    """
    light = np.clip(_LIGHT_OF_BYTE[pixels] @ _MATRIX, 0.0, _BRIGHTEST)
    roots = np.sqrt(np.sqrt(light.max(axis=-1) / _BRIGHTEST))
    # The same factor for all three, so that hues stay.
    shown = light * _FACTORS[(roots * (_STEPS - 1) + 0.5).astype(np.int32)][..., np.newaxis]
    return np.asarray(_BYTES[np.minimum(shown * (_STEPS - 1) + 0.5, _STEPS - 1).astype(np.int32)])
