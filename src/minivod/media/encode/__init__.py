"""Encodes sources by templates: renditions, and ladders of them for adaptive playback. See docs/transcoding.md."""

from minivod.media.encode.adapt import adapt
from minivod.media.encode.results import Cut, Ladder, Made, SubStream
from minivod.media.encode.transcode import transcode

__all__ = ["Cut", "Ladder", "Made", "SubStream", "adapt", "transcode"]
