"""The options of the video encoders: codec, rate, profile, distance of keyframes, threads."""

from dataclasses import dataclass

from minivod.media.encode.size import Layout
from minivod.templates.streams import VideoStream

ENCODERS = {"libx264": "libx264", "libx265": "libx265", "av1": "libsvtav1"}
"""ffmpeg's encoder for what a template names."""
NAMES = {"libx264": "h264", "libx265": "hevc", "av1": "av1"}
"""What the probe calls the result."""
_PRESETS = {"libx264": "veryfast", "libx265": "veryfast", "av1": "9"}
_QUALITY = {"libx264": 23, "libx265": 26, "av1": 34}
"""Constant quality when the server chooses the rate."""
_BITS_PER_PIXEL = {"libx264": 0.12, "libx265": 0.08, "av1": 0.07}
"""By which that quality is bounded: bits for a pixel of a frame."""
_LEAST_RATE, _MOST_RATE = 128, 100_000  # kbit/s, bounds of the field Bitrate
_SECONDS = 4
"""Between keyframes when the server chooses."""
_NEAR, _FAR = 10, 20
"""Frames between references from which x265 has to look ahead farther than its preset does, and how far."""
_LARGEST_GOP = 100_000


@dataclass(frozen=True, kw_only=True)
class VideoPlan:
    """A video stream to be encoded.

    Attributes:
        template: what is asked for.
        layout: its picture.
        fps: frames a second of the output, of a variable rate its average.
        hdr: whether it has 10 bits of HDR.
        segment: seconds of an HLS segment, at whose beginning a keyframe must be; 0: no segments.
        fixed: no keyframes but at equal distances, as the levels of a ladder have them.
        most: bit rate that is not exceeded whatever is asked for, kbit/s; 0: any.
    """

    template: VideoStream
    layout: Layout
    fps: float
    hdr: bool = False
    segment: float = 0.0
    fixed: bool = False
    most: int = 0

    @property
    def gop(self) -> float:
        """Seconds between keyframes, at most."""
        if not self.template.Gop:
            return min(float(_SECONDS), self.segment or _SECONDS)
        return self.template.Gop / (self.fps if self.template.GopUnit == "frame" else 1)

    @property
    def rate(self) -> int:
        """kbit/s that the stream may have: asked for, or what bounds constant quality."""
        pixels = self.layout.width * self.layout.height * self.fps
        chosen = round(pixels * _BITS_PER_PIXEL[self.template.Codec] / 1000)
        rate = self.template.Bitrate or min(_MOST_RATE, max(_LEAST_RATE, chosen))
        return min(rate, self.most) if self.most else rate


def options(plan: VideoPlan, threads: int) -> list[str]:
    """The options of ffmpeg for the stream."""
    codec = plan.template.Codec
    return [
        *("-c:v", ENCODERS[codec], "-preset", _PRESETS[codec], "-threads:v", str(threads), "-fps_mode:v", "vfr"),
        *_rate(plan),
        *_keyframes(plan),
        *_of_encoder(plan, threads),
    ]


def tag(plan: VideoPlan, container: str) -> list[str]:
    """The option for the sample entry of H.265; other codecs have one only, and FLV has none."""
    return ["-tag:v", plan.template.CodecTag] if plan.template.Codec == "libx265" and container != "flv" else []


def _rate(plan: VideoPlan) -> list[str]:
    template, rate = plan.template, plan.rate
    if template.Vcrf:
        return ["-crf", str(template.Vcrf)]
    if not template.Bitrate:
        return ["-crf", str(_QUALITY[template.Codec]), "-maxrate", f"{rate}k", "-bufsize", f"{2 * rate}k"]
    if template.Mode == "ABR" or template.Codec == "av1":
        return ["-b:v", f"{rate}k"]
    if template.Mode == "CBR":
        return ["-b:v", f"{rate}k", "-minrate", f"{rate}k", "-maxrate", f"{rate}k", "-bufsize", f"{rate}k"]
    return ["-b:v", f"{rate}k", "-maxrate", f"{rate * 3 // 2}k", "-bufsize", f"{2 * rate}k"]


def _keyframes(plan: VideoPlan) -> list[str]:
    frames = plan.template.Gop if plan.template.GopUnit == "frame" else 0
    gop = frames or max(1, min(_LARGEST_GOP, round(plan.gop * plan.fps)))
    every = plan.segment or (plan.gop if not frames else 0)
    forced = ["-force_key_frames:v", f"expr:gte(t,n_forced*{every:.6f})"] if every else []
    return ["-g:v", str(gop), *forced]


def _of_encoder(plan: VideoPlan, threads: int) -> list[str]:
    template = plan.template
    bframes = ["-bf:v", str(template.Bframes)] if template.Bframes >= 0 else []
    if template.Codec == "libx264":
        profile = [] if template.VideoProfile == "default" else ["-profile:v", template.VideoProfile]
        params = [*(["nal-hrd=cbr"] if _constant(plan) else []), *(["scenecut=0"] if plan.fixed else [])]
        return [*profile, *bframes, "-forced-idr", "1", *(["-x264-params", ":".join(params)] if params else [])]
    if template.Codec == "libx265":
        return [*bframes, "-forced-idr", "1", "-dolbyvision", "0", *_x265(plan, threads)]
    return ["-dolbyvision", "0", "-svtav1-params", f"lp={threads}{':rc=2:pred-struct=1' if _constant(plan) else ''}"]


def _constant(plan: VideoPlan) -> bool:
    return plan.template.Mode == "CBR" and bool(plan.template.Bitrate) and not plan.template.Vcrf


def _x265(plan: VideoPlan, threads: int) -> list[str]:
    """Pictures of a stream are made by `pools` threads; keyframes are entries, which open GOPs are not."""
    small = min(plan.layout.width, plan.layout.height) < 64
    params = ["log-level=error", f"pools={threads}", "frame-threads=1" if threads == 1 else "frame-threads=2"]
    params += ["open-gop=0", *(["ctu=16"] if small else []), *(["scenecut=0"] if plan.fixed else [])]
    params += [f"rc-lookahead={_FAR}"] if plan.template.Bframes >= _NEAR else []
    params += ["strict-cbr=1"] if _constant(plan) else []
    return ["-x265-params", ":".join(params)]
