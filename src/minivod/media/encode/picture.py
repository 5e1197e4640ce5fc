"""The chain of ffmpeg's filters that makes an output picture of the source's frames."""

from typing import Literal

from minivod.media.encode.codecs import VideoPlan
from minivod.media.encode.results import Span
from minivod.media.encode.size import Layout
from minivod.media.encode.source import Source
from minivod.templates.streams import VideoStream

_TURNS = {0: "", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
_WHITE = 203
"""cd/m² of paper white in HDR (ITU-R BT.2408), which is the white of SDR."""
_TRANSFERS = {"hdr10": "smpte2084", "hlg": "arib-std-b67"}
_SHOWN = 60.0
"""Seconds before a cut from which frames are looked at, where a demuxer finds none: the last is shown when it begins.

Those that find a moment find the keyframe before it.
"""
_TICK = 0.0005
"""Seconds that count as nothing."""
_OTHER_MODELS = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "gray", "ya", "mono")
"""What names of pixel formats begin with that have no matrix of their own."""


def keeps_hdr(source: Source, template: VideoStream) -> bool:
    """Whether the output has the dynamic range of a source that has more than usual."""
    return source.video is not None and source.video.dynamic_range == "HDR" and template.PreserveHDRSwitch == "ON"


def hdr_kept(source: Source, plan: VideoPlan | None) -> Literal["", "hdr10", "hlg"]:
    """HDRType of the output; empty: it has none."""
    return source.video.hdr_type if source.video is not None and plan is not None and plan.hdr else ""


def timing(source: Source, span: Span, fps: int) -> str:
    """Filters by which frames begin at 0, end at the span's end, and come `fps` times a second (0: when they come).

    A cut begins with the frame that is shown then, which begins before it, and its last one is shown to its end.
    """
    steps = []
    if not span.whole and not source.indexed:
        steps.append(f"trim=start={max(0.0, span.start - _SHOWN):.6f},setpts=PTS-{span.start:.6f}/TB")
    if source.video is not None and source.video.fields:
        steps.append("select=gt(selected_n\\,0)+eq(interlace_type\\,TOPFIRST),weave=first_field=top")
        steps.append(f"setpts=PTS-{0.5 / source.fps:.6f}/TB")  # it has the time of the second field
    if source.video is not None and source.video.field_order != "progressive":
        steps.append("bwdif=mode=send_frame:parity=auto:deint=interlaced")
    if not span.whole:
        steps.append(f"tpad=stop_mode=clone:stop_duration={span.end:.6f}")
        steps.append(f"trim=end={span.duration - _TICK:.6f}")
        return ",".join([*steps, _from_cut(span, fps)])
    # A first frame that comes late is shown from the beginning.
    steps.append(f"fps={fps}:start_time=0" if fps else "setpts=if(eq(N\\,0)\\,0\\,PTS)")
    return ",".join(steps)


def _from_cut(span: Span, fps: int) -> str:
    """Filters by which the last frame before a cut is shown when it begins, and the last one of it to its end."""
    if fps:
        return f"fps={fps}:start_time=0,tpad=stop=-1:stop_mode=clone,trim=end={span.duration:.6f}"
    return (
        f"settb=AVTB,split[cut0][cut1];[cut0]fps=1/{span.duration:.6f}:start_time=0:round=up,trim=end_frame=1,"
        f"settb=AVTB[cut2];[cut1]trim=start={_TICK}[cut3];[cut2][cut3]interleave"
    )


def upright(source: Source) -> str:
    """Filters that turn the picture as the container says, and forget that it did."""
    assert source.video is not None  # noqa: S101 - the caller has one
    mirrored = "hflip" if source.video.mirrored else ""
    steps = [mirrored, _TURNS[source.metadata.rotate], "sidedata=mode=delete:type=DISPLAYMATRIX"]
    return ",".join(step for step in steps if step)


def scaled(layout: Layout) -> str:
    """Filters that bring an upright picture to its size, with square pixels."""
    return f"scale={layout.inner_width}:{layout.inner_height}:flags=bicubic,setsar=1"


def framed(template: VideoStream, layout: Layout, white: str, label: str) -> str:
    """Filters that fill the borders as FillType says; empty where there are none.

    Args:
        template: what is asked for.
        layout: of the picture.
        white: the colour of paper, as ffmpeg has it.
        label: of the streams between, unique in the graph.
    """
    if not layout.padded:
        return ""
    place = f"{_offset(layout.width, layout.inner_width)}:{_offset(layout.height, layout.inner_height)}"
    if template.FillType != "gauss":
        colour = white if template.FillType == "white" else "black"
        return f"pad={layout.width}:{layout.height}:{place}:color={colour}"
    small = f"{max(2, layout.width // 16 * 2)}:{max(2, layout.height // 16 * 2)}"
    back = f"scale={small}:force_original_aspect_ratio=increase,crop={small},gblur=sigma=4"
    return (
        f"split=2[{label}back][{label}front];[{label}back]{back},scale={layout.width}:{layout.height},setsar=1"
        f"[{label}blur];[{label}blur][{label}front]overlay={place}:format=auto"
    )


def white(source: Source, *, hdr: bool) -> str:
    """The colour of paper in an output: in HDR the brightest colour would dazzle (ITU-R BT.2408)."""
    kind = source.video.hdr_type if source.video is not None and hdr else ""
    return {"": "white", "hdr10": "0x949494", "hlg": "0xbfbfbf"}[kind]


def coloured(source: Source, *, hdr: bool) -> str:
    """Filters that bring colours to what the encoder gets: 8 bits of SDR, or 10 bits of the source's HDR."""
    assert source.video is not None  # noqa: S101 - the caller has one
    kind = source.video.hdr_type
    if kind and hdr:
        return (
            f"scale=out_range=limited:out_color_matrix=bt2020,format=yuv420p10le,"
            f"setparams=range=limited:color_primaries=bt2020:color_trc={_TRANSFERS[kind]}:colorspace=bt2020nc"
        )
    if kind:
        return _tone_mapped(kind)
    if source.video.pixel_format.startswith(_OTHER_MODELS):
        return (
            "scale=out_range=limited:out_color_matrix=bt709,format=yuv420p,"
            "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        )
    return "scale=out_range=limited,format=yuv420p"


def _tone_mapped(kind: str) -> str:
    """HDR for screens without it: as it was up to a third of paper white, paper white at 0.83, and all below 1."""
    light = f"tin={_TRANSFERS[kind]}:pin=bt2020:min=bt2020nc:t=linear:npl={_WHITE}"
    return (
        f"format=yuv420p10le|yuv422p10le|yuv444p10le|yuv420p12le|yuv422p12le|yuv444p12le|yuv420p|yuv422p|yuv444p,"
        f"zscale={light},format=gbrpf32le,zscale=p=bt709,tonemap=mobius:param=0.3:desat=0,"
        f"zscale=t=bt709:m=bt709:r=limited,format=yuv420p,sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA,"
        f"sidedata=mode=delete:type=CONTENT_LIGHT_LEVEL"
    )


def _offset(outer: int, inner: int) -> int:
    return (outer - inner) // 4 * 2
