"""Takes the combs out of a single picture of interlaced video; in the confined child."""

import av
from av.filter import Graph
from av.video.frame import VideoFrame


def progressive(frame: VideoFrame) -> VideoFrame:
    """The picture of one moment: lines of the later field are made of their neighbours.

    What looks at other frames too (bwdif, yadif) would take the combs of a single one for detail that stands still.
    """
    if not frame.interlaced_frame:
        return frame
    try:
        made = _filtered(frame)
    except av.error.FFmpegError:
        return frame  # of a kind that the filter does not know
    assert isinstance(made, VideoFrame)  # noqa: S101 - it is a filter of pictures
    return made


def _filtered(frame: VideoFrame) -> object:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    clean, sink = graph.add("estdif", "mode=frame:deint=all"), graph.add("buffersink")
    source.link_to(clean)
    clean.link_to(sink)
    graph.configure()
    source.push(frame)
    source.push(None)
    return sink.pull()
