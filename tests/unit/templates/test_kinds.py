"""What each kind of template accepts and refuses, and by which code: limits from both sides, through the decoder."""

import copy
from typing import Any

import msgspec
import pytest

from minivod.api.registry import decode, discover
from minivod.errors import WireError
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import KINDS
from minivod.templates.not_done import NOT_DONE

from .samples import AUDIO, SMALLEST, VIDEO

PCM = AUDIO | {"Codec": "pcm16", "SampleRate": 16000}
BY_NAME = {kind.name: kind for kind in KINDS}
ACTIONS = discover()


def put(parameters: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at that path; objects on the way are made."""
    made: Any = copy.deepcopy(parameters)
    node = made
    *way, last = path.split(".")
    for step in way:
        node = node[int(step)] if step.isdigit() else node.setdefault(step, {})
    node[last] = value
    result: dict[str, Any] = made
    return result


def code(kind: str, parameters: dict[str, Any]) -> str:
    """The code of the answer to a creation, as far as decoder and checks decide it."""
    try:
        request = decode(ACTIONS[f"Create{kind}Template"], parameters, text=False)
        settings = BY_NAME[kind].settings
        BY_NAME[kind].check(settings(**{name: getattr(request, name) for name in settings.__struct_fields__}))
    except WireError as error:
        assert len(error.message) > 20
        return error.code.removeprefix("InvalidParameterValue.")
    return "OK"


LIMITS: list[tuple[str, str, str, list[Any], list[Any]]] = [
    # kind, field, code of what is refused, accepted values, refused values
    ("Transcode", "Container", "Container", ["mp4", "flv"], ["avi", "MP4", ""]),
    ("Transcode", "Name", "Name", ["", "x" * 64, "模" * 64], ["x" * 65]),
    ("Transcode", "Comment", "Comment", ["", "x" * 256], ["x" * 257]),
    ("Transcode", "RemoveVideo", "RemoveVideo", [0, 1], [-1, 2]),
    ("Transcode", "RemoveAudio", "RemoveAudio", [0, 1], [-1, 2]),
    ("Transcode", "SegmentType", "InvalidParameterValue", ["ts", "fmp4", ""], ["mp4"]),
    ("Transcode", "VideoTemplate.Codec", "VideoCodec", ["libx264", "libx265", "av1"], ["h264", "H.266", ""]),
    ("Transcode", "VideoTemplate.Fps", "Fps", [0, 1, 100], [-1, 101]),
    ("Transcode", "VideoTemplate.Bitrate", "VideoBitrate", [0, 128, 100000], [-1, 1, 127, 100001]),
    ("Transcode", "VideoTemplate.ResolutionAdaptive", "ResolutionAdaptive", ["open", "close", ""], ["on"]),
    ("Transcode", "VideoTemplate.Width", "Width", [0, 128, 8192], [-1, 127, 8193]),
    ("Transcode", "VideoTemplate.Height", "Height", [0, 128, 8192], [-1, 127, 8193]),
    ("Transcode", "VideoTemplate.FillType", "FillType", ["stretch", "black", "white", "gauss", ""], ["blur"]),
    ("Transcode", "VideoTemplate.Vcrf", "Vcrf", [0, 1, 51], [-1, 52]),
    ("Transcode", "VideoTemplate.Gop", "InvalidParameterValue", [0, 1, 100000], [-1, 100001]),
    ("Transcode", "VideoTemplate.Bframes", "InvalidParameterValue", [-1, 0, 16], [-2, 17]),
    ("Transcode", "VideoTemplate.HlsTime", "InvalidParameterValue", [0, 10], [-1, 11]),
    ("Transcode", "AudioTemplate.Codec", "AudioCodec", ["libfdk_aac", "libmp3lame", "mp2"], ["ac3", "flac", "aac"]),
    ("Transcode", "AudioTemplate.Bitrate", "AudioBitrate", [0, 26, 256], [-1, 25, 257]),
    ("Transcode", "AudioTemplate.SampleRate", "AudioSampleRate", [32000, 44100, 48000], [0, 16000, 96000]),
    ("Transcode", "AudioTemplate.AudioChannel", "AudioChannel", [0, 1, 2, 6], [-1, 3, 7]),
    ("AnimatedGraphics", "Fps", "Fps", [1, 30], [0, 31]),
    ("AnimatedGraphics", "Width", "Resolution", [0, 32, 4096], [31, 4097]),
    ("AnimatedGraphics", "Height", "Resolution", [0, 32, 4096], [31, 4097]),
    ("AnimatedGraphics", "Format", "Format", ["gif", ""], ["png"]),
    ("AnimatedGraphics", "Format", "FormatWebpWidthAndHeightBothZero", [], ["webp"]),
    ("AnimatedGraphics", "Quality", "Quality", [1, 75, 99.5, 100], [0, 0.5, 100.5]),
    ("SnapshotByTimeOffset", "Width", "Width", [0, 32, 4096], [31, 4097]),
    ("SnapshotByTimeOffset", "Format", "Format", ["jpg", "png", "webp"], ["jpeg", "gif"]),
    ("SnapshotByTimeOffset", "FillType", "FillType", ["gauss"], ["none"]),
    ("SampleSnapshot", "SampleType", "SampleType", ["Percent", "Time"], ["percent", ""]),
    ("SampleSnapshot", "SampleInterval", "SampleInterval", [1, 100], [0, 101]),
    ("SampleSnapshot", "Height", "Height", [0, 32, 4096], [31, 4097]),
    ("ImageSprite", "SampleInterval", "SampleInterval", [1, 101], [0, 2**31]),
    ("ImageSprite", "RowCount", "RowCount", [1, 100], [0, 15001]),
    ("ImageSprite", "ColumnCount", "ColumnCount", [1, 100], [0, 15001]),
    ("ImageSprite", "Width", "ColumnCount", [0, 1500], [1501]),  # ten of them are wider than a sprite may be
    ("ImageSprite", "Height", "RowCount", [0, 1500], [1501]),
    ("AdaptiveDynamicStreaming", "Format", "Format", ["HLS"], ["MPEG-DASH", "hls"]),
    ("AdaptiveDynamicStreaming", "SegmentDuration", "InvalidParameterValue", [1, 10], [0, 11]),
    ("AdaptiveDynamicStreaming", "SegmentType", "InvalidParameterValue", ["ts", "mp4-segment"], ["ts-byterange", "x"]),
    ("AdaptiveDynamicStreaming", "DrmType", "DrmType", [""], ["SimpleAES", "Widevine"]),
    ("AdaptiveDynamicStreaming", "DisableHigherVideoBitrate", "DisableHigherVideoBitrate", [0, 1], [2]),
    ("AdaptiveDynamicStreaming", "DisableHigherVideoResolution", "DisableHigherVideoResolution", [0, 1], [2]),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Video.Bitrate", "Bitrate", [0, 128], [127]),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Video.Codec", "Codec", ["libx265"], ["av1", "H.266"]),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Audio.Codec", "Codec", ["libfdk_aac"], ["libmp3lame", "flac"]),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Audio.SampleRate", "SampleRate", [48000], [8000]),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Audio.AudioChannel", "SoundSystem", [6], [5]),
    ("AdaptiveDynamicStreaming", "StreamInfos", "InvalidParameterValue", [], [[]]),
    ("Watermark", "Type", "Type", ["image"], ["svg", "gif"]),
    ("Watermark", "CoordinateOrigin", "CoordinateOrigin", ["BottomRight"], ["topLeft", "Center"]),
    ("Watermark", "XPos", "XPos", ["0px", "10%", "8192px"], ["10", "-1px", "101%"]),
    ("Watermark", "YPos", "YPos", ["0px", "10%", "8192px"], ["10", "-1px", "101%"]),
    ("Watermark", "ImageTemplate.Width", "Width", ["8px", "10%"], ["7px", "0px", "wide"]),
    ("Watermark", "ImageTemplate.Height", "Height", ["0px", "8px", "10%"], ["7px", "4097px"]),
    ("Watermark", "ImageTemplate.RepeatType", "RepeatType", ["once", "repeat"], ["never"]),
    ("Watermark", "ImageTemplate.Transparency", "InvalidParameterValue", [0, 100], [-1, 101]),
    ("Review", "Labels", "InvalidParameterValue", [["Ad"], ["Porn", "Abuse"]], [[], ["Ads"], ["Moan"]]),
    ("Review", "Labels", "InvalidParameterValue", [["Terror", "Polity"]], [["Ad", "Illegal"], ["Porn", ""]]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "refusal", "accepted", "refused"), LIMITS, ids=lambda value: str(value)[:40])
def test_limits_from_both_sides(kind: str, path: str, refusal: str, accepted: list[Any], refused: list[Any]) -> None:
    assert accepted + refused
    for value in accepted:
        assert code(kind, put(SMALLEST[kind], path, value)) == "OK", value
    for value in refused:
        assert code(kind, put(SMALLEST[kind], path, value)) == refusal, value


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"VideoTemplate": None}, "MissingParameter"),
        ({"AudioTemplate": None}, "MissingParameter"),
        ({"VideoTemplate": None, "RemoveVideo": 1}, "OK"),
        ({"AudioTemplate": None, "RemoveAudio": 1}, "OK"),
        ({"RemoveVideo": 1, "RemoveAudio": 1}, "RemoveAudio"),
        ({"Container": "mp3", "AudioTemplate": AUDIO | {"Codec": "libmp3lame"}}, "RemoveVideo"),
        ({"Container": "mp3", "RemoveVideo": 1, "AudioTemplate": AUDIO | {"Codec": "libmp3lame"}}, "OK"),
        ({"Container": "mp3", "RemoveVideo": 1}, "AudioCodec"),
        ({"Container": "m4a", "RemoveVideo": 1, "AudioTemplate": AUDIO | {"AudioChannel": 6}}, "AudioChannel"),
        ({"Container": "wav", "RemoveVideo": 1, "AudioTemplate": PCM}, "OK"),
        ({"Container": "hls", "VideoTemplate": VIDEO | {"Codec": "av1"}}, "VideoCodec"),
        ({"Container": "hls", "RemoveVideo": 1, "VideoTemplate": VIDEO | {"Codec": "av1"}}, "OK"),
        ({"Container": "flv", "AudioTemplate": AUDIO | {"Codec": "mp2"}}, "AudioCodec"),
        ({"VideoTemplate": VIDEO | {"Mode": "VCRF"}}, "Vcrf"),
        ({"VideoTemplate": VIDEO | {"Mode": "VCRF", "Vcrf": 23}}, "OK"),
        ({"VideoTemplate": {"Codec": "libx264", "Fps": 25}}, "MissingParameter"),
        ({"AudioTemplate": AUDIO | {"Bitrates": 1}}, "UnknownParameter"),
        ({"VideoTemplate": VIDEO | {"Fps": "25"}}, "InvalidParameter"),
    ],
)  # fmt: skip
def test_what_goes_together_in_transcoding(changes: dict[str, Any], expected: str) -> None:
    parameters = {name: value for name, value in (SMALLEST["Transcode"] | changes).items() if value is not None}
    assert code("Transcode", parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Type": "image"}, "MissingParameter"),
        ({"Type": "text"}, "MissingParameter"),
        ({"Type": "text", "TextTemplate": {"FontType": "arial.ttf"}}, "MissingParameter"),
        (SMALLEST["Watermark"] | {"TextTemplate": {"FontType": "arial.ttf", "FontSize": "9px", "FontColor": "0xFFFFFF",
                                                   "FontAlpha": 1}}, "TextTemplate"),
        (SMALLEST["Watermark"] | {"SvgTemplate": {}}, "SvgTemplate"),
        ({"Type": "svg", "SvgTemplate": {"Width": "10W%"}}, "Type"),
    ],
)  # fmt: skip
def test_what_goes_together_in_watermarks(parameters: dict[str, Any], expected: str) -> None:
    assert code("Watermark", parameters) == expected


TEXT = {"FontType": "simkai.ttf", "FontSize": "16px", "FontColor": "0xFF0000", "FontAlpha": 0.5}


@pytest.mark.parametrize(
    ("field", "refusal", "accepted", "refused"),
    [
        ("FontType", "TextTemplate", ["simkai.ttf", "arial.ttf"], ["comic.ttf", ""]),
        ("FontSize", "TextTemplate", ["1px", "9999px"], ["0px", "16", "10000px", "16pt"]),
        ("FontColor", "TextTemplate", ["0x00ffAA"], ["#00ffAA", "red"]),
        ("FontAlpha", "TextAlpha", [0.01, 1], [0, 1.01]),
    ],
)
def test_limits_of_text(field: str, refusal: str, accepted: list[Any], refused: list[Any]) -> None:
    def answer(value: Any) -> str:
        return code("Watermark", {"Type": "text", "TextTemplate": TEXT | {field: value}})

    assert [answer(value) for value in accepted] == ["OK"] * len(accepted)
    assert [answer(value) for value in refused] == [refusal] * len(refused)


def test_sprites_are_no_larger_than_the_reference_makes_them() -> None:
    fits = SMALLEST["ImageSprite"] | {"Width": 150, "ColumnCount": 100}
    assert code("ImageSprite", fits) == "OK"
    assert code("ImageSprite", fits | {"ColumnCount": 101}) == "ColumnCount"


OFF: list[tuple[str, str, Any]] = [
    ("Transcode", "TEHDConfig", {"Type": "OFF", "MaxVideoBitrate": 1000}),
    ("Transcode", "TEHDConfig", {"Type": ""}),
    ("Transcode", "EnhanceConfig", {}),
    ("Transcode", "EnhanceConfig", {"VideoEnhance": {"SuperResolution": {"Switch": "OFF", "Type": "lq", "Size": 2}}}),
    ("Transcode", "EnhanceConfig", {"AudioEnhance": {"Denoise": {"Switch": "OFF"}}}),
    ("Transcode", "StdExtInfo", ""),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.TEHDConfig", {"Type": "OFF"}),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.StdExtInfo", ""),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Video.HlsTime", 0),
    ("AdaptiveDynamicStreaming", "DrmKeyProvider", "VOD"),
    ("AdaptiveDynamicStreaming", "DrmEncryptType", ""),
]
ON: list[tuple[str, str, Any, str]] = [
    ("Transcode", "TEHDConfig", {"Type": "TEHD-100"}, "TEHDType"),
    ("Transcode", "StdExtInfo", "{}", "InvalidParameterValue"),
    *(
        ("Transcode", f"EnhanceConfig.VideoEnhance.{name}", {"Switch": "ON"}, "InvalidParameterValue")
        for name in (
            "SuperResolution", "Hdr", "Denoise", "ImageQualityEnhance", "ColorEnhance", "LowLightEnhance",
            "ScratchRepair", "ArtifactRepair", "DiffusionEnhance", "FrameRateWithDen",
        )
    ),
    ("Transcode", "EnhanceConfig.VideoEnhance.EnhanceScenarioType", "game", "InvalidParameterValue"),
    *(
        ("Transcode", f"EnhanceConfig.AudioEnhance.{name}", {"Switch": "ON"}, "InvalidParameterValue")
        for name in ("Denoise", "Separate", "VolumeBalance", "Beautify")
    ),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.TEHDConfig", {"Type": "TEHD-100"}, "TEHDType"),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.EnhanceConfig.AudioEnhance.Denoise", {"Switch": "ON"},
     "InvalidParameterValue"),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.StdExtInfo", "x", "InvalidParameterValue"),
    ("AdaptiveDynamicStreaming", "StreamInfos.0.Video.HlsTime", 5, "InvalidParameterValue"),
    ("AdaptiveDynamicStreaming", "DrmKeyProvider", "SDMC", "InvalidParameterValue"),
    ("AdaptiveDynamicStreaming", "DrmEncryptType", "cbcs", "InvalidParameterValue"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "value"), OFF, ids=lambda value: str(value)[:40])
def test_off_is_accepted(kind: str, path: str, value: Any) -> None:
    assert code(kind, put(SMALLEST[kind], path, value)) == "OK"


@pytest.mark.parametrize(("kind", "path", "value", "expected"), ON, ids=lambda value: str(value)[:40])
def test_what_is_not_done_is_refused_by_name(kind: str, path: str, value: Any, expected: str) -> None:
    assert code(kind, put(SMALLEST[kind], path, value)) == expected


def test_every_entry_of_the_table_of_what_is_not_done_is_tried() -> None:
    tried = (
        [one[1] for one in ON]
        + [one[1] for one in LIMITS]
        + ["AudioTemplate.StreamSelects", "SvgTemplate", "TEHDConfig.Type"]
    )
    tried += [f"{path}.Switch" for path in tried]
    for entry in NOT_DONE:
        assert any(path == entry.path or path.endswith(f".{entry.path}") for path in tried), entry.path


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_presets_keep_to_the_bounds_but_for_those_that_the_reference_has_outside(kind: AnyKind) -> None:
    outside = {"Transcode": {1020, 1100}, "AnimatedGraphics": {20001}}
    found = set()
    for definition, preset in kind.presets.items():
        assert 10 <= definition < 1_000_000
        assert 0 < len(preset.name) <= 64
        try:
            kind.check(preset.settings)
        except WireError:
            found.add(definition)
    assert found == outside.get(kind.name, set())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_settings_survive_json_whatever_their_bounds(kind: AnyKind) -> None:
    """A task keeps them as JSON values."""
    for preset in kind.presets.values():
        stored = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(preset.settings)))
        assert kind.read(stored) == preset.settings


def test_settings_of_before_a_field_was_added_are_read() -> None:
    stored = {"Fps": 10, "Format": "webp"}
    assert BY_NAME["AnimatedGraphics"].read(stored).Quality == 75.0


def test_the_presets_that_the_reference_names_are_there() -> None:
    transcode = BY_NAME["Transcode"].presets
    assert {10, 20, 30, 40, 100010, 100210, 100080, 101010, 101230, 100800, 100840, 1100, 1140, 1010, 1020} <= set(
        transcode
    )
    settings = transcode[10].settings
    assert (settings.Container, settings.VideoTemplate.Width, settings.VideoTemplate.Bitrate) == ("mp4", 320, 256)
    assert transcode[100040].settings.VideoTemplate.Height == 1080
    assert transcode[10046].settings.AudioTemplate.Codec == "libmp3lame"
    assert [len(BY_NAME[name].presets) for name in SMALLEST] == [66, 2, 1, 1, 1, 1, 0, 1]
    ladder = BY_NAME["AdaptiveDynamicStreaming"].presets[10].settings.StreamInfos
    assert [stream.Video.Height for stream in ladder] == [240, 480, 720, 1080, 1440, 2160]
