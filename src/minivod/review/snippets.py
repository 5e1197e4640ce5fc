"""Sound snippets: what was said, cut out of a piece of sound, as a WAV file that every browser plays."""

import io
import wave

from minivod.media.sound_header import RATE
from minivod.review.model import Samples, Sound

LONGEST = 8.0
"""Seconds of a snippet."""
_AROUND = 1.0
"""Seconds before and behind what was said."""


def snippet(sound: Sound, channel: int, start: float, end: float) -> bytes:
    """The channel from a second before `start` to a second behind `end` (seconds in the video), as WAV."""
    begin = max(round((start - _AROUND - sound.time) * RATE), 0)
    stop = round((min(end + _AROUND, start - _AROUND + LONGEST) - sound.time) * RATE)
    return to_wav(sound.channels[channel, begin : max(stop, begin)])


def to_wav(samples: Samples) -> bytes:
    """One channel of 16 bits as a WAV file."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return content.getvalue()
