"""The header of each block of sound in the pipe between a confined child and this process, and its sampling rate.

A block begins at a time in seconds and has so many channels of so many samples, which follow: 16 bits each, signed,
in the order of this machine, channel by channel.
"""

import struct

HEADER = struct.Struct("<dII")
RATE = 16_000
"""Samples a second, of each channel: what models of speech are trained on."""
MOST_CHANNELS = 64
"""As many as libav knows of."""
LONGEST_BLOCK = 2 * RATE
"""Samples of a channel."""
