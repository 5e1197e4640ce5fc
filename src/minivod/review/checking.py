"""What goes into detectors and what comes out of them: a plug-in's nonsense must not be judged as if it were sense."""

import math
from collections.abc import Sequence

import numpy as np

from minivod.media.sound_header import RATE
from minivod.review.model import Detector, Finding, Heard, Listener, ReviewFailed, Sample, Sound

_TOLERANCE = 1.0
"""Seconds by which a recogniser may be wrong about where words begin and end."""


def check_sample(sample: Sample) -> None:
    """Raises ReviewFailed where it is no RGB picture."""
    image = sample.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ReviewFailed(f"the frame at {sample.time:.1f} s is no RGB picture: {image.shape}, {image.dtype}")


def check_sound(sound: Sound) -> None:
    """Raises ReviewFailed where it is no sound of 16 bits."""
    channels = sound.channels
    if channels.dtype != np.int16 or channels.ndim != 2 or not channels.size:
        raise ReviewFailed(f"the sound at {sound.time:.1f} s is none of 16 bits: {channels.shape}, {channels.dtype}")


def check_seen(detector: Detector, found: Sequence[Finding]) -> list[Finding]:
    """The findings with the detector's name; raises ReviewFailed."""
    for finding in found:
        _check(detector, finding)
    return list(found)


def check_heard(listener: Listener, sound: Sound, found: Sequence[Heard]) -> list[Heard]:
    """What was heard, with the detector's name; raises ReviewFailed."""
    first, last = sound.time - _TOLERANCE, sound.time + sound.channels.shape[1] / RATE + _TOLERANCE
    for finding, channel in found:
        _check(listener, finding)
        if not 0 <= channel < len(sound.channels):
            raise ReviewFailed(f"the detector {listener.name} named channel {channel} of {len(sound.channels)}")
        if not first <= finding.start <= finding.end <= last:
            raise ReviewFailed(
                f"the detector {listener.name} heard something from {finding.start} s to {finding.end} s, "
                f"in sound from {first:.1f} s to {last:.1f} s"
            )
    return list(found)


def _check(detector: Detector | Listener, finding: Finding) -> None:
    if finding.category not in detector.categories:
        raise ReviewFailed(f"the detector {detector.name} does not declare {finding.category!r}, but found it")
    if not (math.isfinite(finding.confidence) and 0 <= finding.confidence <= 100):
        raise ReviewFailed(f"the detector {detector.name} gave the confidence {finding.confidence}")
    finding.detector = detector.name
