"""An ordinary template, and sources that are not ordinary."""

from typing import Any

from minivod.templates.streams import AudioStream, VideoStream
from minivod.templates.transcode import Transcode

_VIDEO = {"Codec": "libx264", "Fps": 0, "Bitrate": 0, "Width": 0, "Height": 0}
_AUDIO = {"Codec": "libfdk_aac", "Bitrate": 64, "SampleRate": 44100}


def template(container: Any = "mp4", *, video: bool = True, audio: bool = True, **settings: Any) -> Transcode:
    """A template of that container.

    Args:
        container: of the output.
        video: whether it has a video stream.
        audio: whether it has an audio stream.
        settings: fields of the video stream as they are named; of the audio stream with `audio_` before.
    """
    sound = {name.removeprefix("audio_"): value for name, value in settings.items() if name.startswith("audio_")}
    picture = {name: value for name, value in settings.items() if not name.startswith(("audio_", "of_"))}
    whole = {name.removeprefix("of_"): value for name, value in settings.items() if name.startswith("of_")}
    return Transcode(
        Container=container,
        RemoveVideo=int(not video),
        RemoveAudio=int(not audio),
        VideoTemplate=VideoStream(**{**_VIDEO, **picture}),
        AudioTemplate=AudioStream(**{**_AUDIO, **sound}),
        **whole,
    )
