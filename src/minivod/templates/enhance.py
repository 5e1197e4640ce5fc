"""TEHDConfig and EnhanceConfig: fields for what only the reference has, which are read so that "off" is accepted."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

OnOff = Literal["ON", "OFF"]


class TEHDConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reference's own encoder; MaxVideoBitrate in kbit/s has no effect while it is off."""

    Type: Literal["", "OFF", "TEHD-100"]
    MaxVideoBitrate: Annotated[int, Meta(ge=0)] = 0


class Switched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An enhancement with a strength."""

    Switch: OnOff
    Type: str = ""


class SuperResolutionInfo(Switched, frozen=True, kw_only=True):
    """With the factor."""

    Size: int = 0


class ScratchRepairInfo(Switched, frozen=True, kw_only=True):
    """With the strength as a number."""

    Intensity: float = 0.0


class FrameRateWithDenInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A frame rate as a fraction."""

    Switch: OnOff
    FpsNum: int = 0
    FpsDen: int = 0


class AudioSeparateInfo(Switched, frozen=True, kw_only=True):
    """With the track to keep."""

    Track: str = ""


class AudioBeautifyInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several at once."""

    Switch: OnOff
    Types: list[str] = []


class VideoEnhanceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enhancements of pictures."""

    EnhanceScenarioType: str = ""
    SuperResolution: SuperResolutionInfo | None = None
    Hdr: Switched | None = None
    Denoise: Switched | None = None
    ImageQualityEnhance: Switched | None = None
    ColorEnhance: Switched | None = None
    LowLightEnhance: Switched | None = None
    ScratchRepair: ScratchRepairInfo | None = None
    ArtifactRepair: Switched | None = None
    DiffusionEnhance: Switched | None = None
    FrameRateWithDen: FrameRateWithDenInfo | None = None


class AudioEnhanceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enhancements of sound."""

    Denoise: Switched | None = None
    Separate: AudioSeparateInfo | None = None
    VolumeBalance: Switched | None = None
    Beautify: AudioBeautifyInfo | None = None


class EnhanceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    VideoEnhance: VideoEnhanceConfig | None = None
    AudioEnhance: AudioEnhanceConfig | None = None
