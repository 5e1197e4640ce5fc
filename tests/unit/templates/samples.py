"""Templates of every kind for tests: the least that a creation takes, and a picture for watermarks."""

import base64
import io
from typing import Any

from PIL import Image


def png(colour: str = "navy", size: tuple[int, int] = (16, 8)) -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGBA", size, colour).save(file, "PNG")
    return file.getvalue()


VIDEO = {"Codec": "libx264", "Fps": 25, "Bitrate": 400}
AUDIO = {"Codec": "libfdk_aac", "Bitrate": 64, "SampleRate": 44100}
SMALLEST: dict[str, dict[str, Any]] = {
    "Transcode": {"Container": "mp4", "VideoTemplate": VIDEO, "AudioTemplate": AUDIO},
    "AnimatedGraphics": {"Fps": 10},
    "SnapshotByTimeOffset": {},
    "SampleSnapshot": {"SampleType": "Percent", "SampleInterval": 10},
    "ImageSprite": {"SampleType": "Time", "SampleInterval": 10, "RowCount": 10, "ColumnCount": 10},
    "AdaptiveDynamicStreaming": {"Format": "HLS", "StreamInfos": [{"Video": VIDEO, "Audio": AUDIO}]},
    "Watermark": {"Type": "image", "ImageTemplate": {"ImageContent": base64.b64encode(png()).decode()}},
    "Review": {"Labels": ["Porn"]},
}
"""By the names of the kinds."""
