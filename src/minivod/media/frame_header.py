"""The header of each frame in the pipe between a confined child and this process: time, width, height, keyframe."""

import struct

HEADER = struct.Struct("<dIIB")
