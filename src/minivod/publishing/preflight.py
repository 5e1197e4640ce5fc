"""Would the Mini Program's `<video>` play this file? If not, what is missing, in words."""

from minivod.media.probe import MediaMetadata

CONTAINERS = frozenset({"mp4", "3gp"})
VIDEO_CODECS = {"h264": "H.264", "hevc": "H.265"}
AUDIO_CODECS = {"aac": "AAC", "mp3": "MP3"}


def problems(metadata: MediaMetadata, max_duration: float) -> list[str]:
    """What keeps the file from being published, empty when nothing does.

    A file without faststart is no problem: publishing remuxes it. Only the first video and the first audio stream
    are looked at, because only these are published.

    Args:
        metadata: of the file.
        max_duration: seconds.
    """
    found = []
    if metadata.container not in CONTAINERS:
        found.append(f"the container is {metadata.container}; it must be MP4 or 3GP")
    if not metadata.video:
        found.append("there is no video stream")
    elif metadata.video[0].codec not in VIDEO_CODECS:
        found.append(f"the video codec is {metadata.video[0].codec}; it must be {' or '.join(VIDEO_CODECS.values())}")
    if metadata.audio and metadata.audio[0].codec not in AUDIO_CODECS:
        found.append(f"the audio codec is {metadata.audio[0].codec}; it must be {' or '.join(AUDIO_CODECS.values())}")
    if metadata.duration <= 0:
        found.append("its duration is not known")
    elif metadata.duration > max_duration:
        found.append(f"it lasts {metadata.duration:.0f} s; the server publishes at most {max_duration:.0f} s")
    return found
