"""The graph of filters from a source to the streams that are encoded, as ffmpeg's -filter_complex takes it."""

from collections.abc import Sequence

from minivod.media.encode import picture, sound
from minivod.media.encode.codecs import VideoPlan
from minivod.media.encode.results import Span
from minivod.media.encode.sound import AudioPlan
from minivod.media.encode.source import Source
from minivod.media.watermarks import Overlay


def of_video(source: Source, span: Span, plans: Sequence[VideoPlan], overlays: Sequence[Sequence[Overlay]]) -> str:
    """The part for the picture, which is decoded once: its outputs are called v0, v1 and so on.

    Args:
        source: input 0.
        span: of it.
        plans: of the outputs; all have the frame rate of the first.
        overlays: of each output, the inputs from 1 on, in order.
    """
    assert source.video is not None  # noqa: S101 - the caller has one
    start = picture.timing(source, span, plans[0].template.Fps)
    ends = "".join(f"[s{number}]" for number in range(len(plans)))
    parts = [f"[0:{source.video.index}]{start},{picture.upright(source)},split={len(plans)}{ends}"]
    first = 1
    for number, (plan, over) in enumerate(zip(plans, overlays, strict=True)):
        parts += _output(source, plan, number, over, first)
        first += len(over)
    return ";".join(parts)


def of_audio(source: Source, span: Span, plans: Sequence[AudioPlan]) -> str:
    """The part for the sound: its outputs are called a0, a1 and so on."""
    assert source.audio is not None  # noqa: S101 - the caller has one
    ends = "".join(f"[t{number}]" for number in range(len(plans)))
    chains = [f"[t{number}]{sound.filters(plan, source, span)}[a{number}]" for number, plan in enumerate(plans)]
    return ";".join([f"[0:{source.audio.index}]asplit={len(plans)}{ends}", *chains])


def options(parts: Sequence[str]) -> list[str]:
    """The options of ffmpeg: graphs of their own, so that a change of the sound leaves the picture's as it is."""
    return [word for part in parts for word in ("-filter_complex", part)]


def _output(source: Source, plan: VideoPlan, number: int, overlays: Sequence[Overlay], first: int) -> list[str]:
    white = picture.white(source, hdr=plan.hdr)
    steps = [
        picture.scaled(plan.layout),
        picture.coloured(source, hdr=plan.hdr),
        picture.framed(plan.template, plan.layout, white, f"f{number}"),
    ]
    parts = [f"[s{number}]{','.join(step for step in steps if step)}[o{number}x0]"]
    for place, overlay in enumerate(overlays):
        mark = f"m{number}x{place}"
        parts.append(f"[{first + place}:v]{_marked(overlay, hdr=plan.hdr)}[{mark}]")
        parts.append(f"[o{number}x{place}][{mark}]{_laid(overlay)}[o{number}x{place + 1}]")
    form = "yuv420p10le" if plan.hdr else "yuv420p"
    return [*parts, f"[o{number}x{len(overlays)}]format={form}[v{number}]"]


def _marked(overlay: Overlay, *, hdr: bool) -> str:
    """Filters of the mark itself: one that moves begins when it is seen, and never ends, so that the video does."""
    lasting = ["tpad=stop=-1:stop_mode=clone"] if overlay.animated and not overlay.loops else []
    begun = [f"setpts=PTS+{overlay.start:.6f}/TB"] if overlay.animated and overlay.start else []
    coloured = ["scale=out_color_matrix=bt2020:out_range=limited,format=yuva444p10le"] if hdr else []
    return ",".join([*lasting, *begun, *coloured]) or "null"


def _laid(overlay: Overlay) -> str:
    shown = [] if not overlay.start else [f"gte(t\\,{overlay.start:.6f})"]
    shown += [] if overlay.end is None else [f"lt(t\\,{overlay.end:.6f})"]
    when = f":enable={'*'.join(shown)}" if shown else ""
    end = "shortest=1" if overlay.animated else "eof_action=repeat"
    return f"overlay=x={overlay.x}:y={overlay.y}:format=auto:{end}{when}"
