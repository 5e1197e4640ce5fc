"""What would come of a video, or of numbers that are typed, by a template: the plans that the encoders work by."""

import asyncio
from typing import Any, NamedTuple

import msgspec

from minivod import ids
from minivod.console.visit import Visit
from minivod.media.encode.preview import Rendition, imagined, renditions
from minivod.media.metadata import MediaMetadata
from minivod.media.tools import ffmpeg_encoders
from minivod.media.unfit import Unfit
from minivod.store import media
from minivod.store.application_list import Named
from minivod.templates.adaptive import AdaptiveDynamicStreaming
from minivod.templates.transcode import Transcode

_DEFAULTS = {"width": 1920, "height": 1080, "fps": 25, "rate": 6000}
_MOST = {"width": 16384, "height": 16384, "fps": 240, "rate": 1_000_000}
_LONGEST = 32


class Preview(NamedTuple):
    """What is shown: the source, by numbers or as a video, and its renditions, or why there are none.

    `wrong` is the key of a text, `unfit` a message of the encoder's; both are empty where there are renditions.
    """

    numbers: dict[str, int]
    file_id: str
    source: MediaMetadata | None
    renditions: list[Rendition]
    wrong: str
    unfit: str


async def preview(visit: Visit, one: Named, settings: Any) -> Preview | None:
    """For a template of transcoding or of adaptive streams; None: for others there is none."""
    if not isinstance(settings, Transcode | AdaptiveDynamicStreaming):
        return None
    numbers, file_id = dict(_DEFAULTS), visit.asked("file").strip()
    for name in numbers:
        text = visit.asked(name)
        if not text:
            continue
        if not (ids.is_number(text, 7) and 1 <= int(text) <= _MOST[name]):
            return Preview(numbers, file_id, None, [], "ladder.bad_number", "")
        numbers[name] = int(text)
    source: MediaMetadata | None
    if file_id:
        source = await _of_video(visit, one, file_id)
        if source is None:
            return Preview(numbers, file_id[:_LONGEST], None, [], "ladder.no_video", "")
    else:
        source = imagined(numbers["width"], numbers["height"], fps=numbers["fps"], rate=numbers["rate"])
    encoders = await asyncio.to_thread(ffmpeg_encoders, visit.site.services.settings.ffmpeg)
    try:
        return Preview(numbers, file_id, source, renditions(source, settings, encoders), "", "")
    except Unfit as error:
        return Preview(numbers, file_id, source, [], "", str(error))


async def _of_video(visit: Visit, one: Named, file_id: str) -> MediaMetadata | None:
    found = (await media.find(visit.db, one.sub_app_id, [file_id])).get(file_id)
    return msgspec.convert(found.metadata, MediaMetadata) if found is not None and found.metadata else None
