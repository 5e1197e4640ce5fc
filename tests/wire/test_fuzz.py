"""More than a thousand requests that nobody would send: always the envelope, never a 5xx or an InternalError.

`FUZZ_EXAMPLES=100000 pytest tests/wire/test_fuzz.py` (`make fuzz`) tries more of each kind.
"""

import base64
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import NoneType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from minivod import ids
from minivod.actions import pull_events
from minivod.api import registry
from minivod.api.action_names import NAMES
from minivod.api.request import HttpRequest
from minivod.media.probe import MediaMetadata, VideoStream
from minivod.store import media
from minivod.wire.process_inputs import NOT_DONE

from ..unit.api import signer
from ..unit.templates.samples import png
from .wire import Answer, Wire, open_wire

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
FUZZ = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ACTIONS = registry.discover()
FILE_ID = "5285485487985271487"
VIDEO = VideoStream(codec="h264", codec_tag="avc1", bitrate=1, width=64, height=48, fps=25.0, dynamic_range="SDR")
METADATA = MediaMetadata(
    container="mp4", size=1, duration=1.0, bitrate=8, width=64, height=48, rotate=0, video=[VIDEO], audio=[],
    md5="0" * 32, audio_duration=0.0, video_duration=1.0, faststart=True,
)  # fmt: skip

TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "", "0", FILE_ID, FILE_ID + "0", "mp4", "m3u8", "original", "basicInfo", "OriginalFiles", "ON", "null", "-1",
        "2030-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59+23:59", "ap-guangzhou", "../../etc/passwd",
        "\0", "a\0b", "\ud800", "\u202e", "x" * 300, "' or 1=1 --", "%00", "{}", "1" * 400, "٣",
        "\x7f\x1b[0m", "🎬" * 80,
    ]
)  # fmt: skip
NUMBERS = st.integers() | st.sampled_from([0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**400])
FLOATS = st.floats()
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Mostly values of the declared type, sometimes anything."""
    if get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        return st.one_of(*[values(option) for option in get_args(kind)])
    known: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT, int: NUMBERS, float: FLOATS | NUMBERS, bool: st.booleans(), NoneType: st.none(),
    }  # fmt: skip
    if kind in known:
        right = known[kind]
    elif get_origin(kind) is list:
        right = st.lists(values(get_args(kind)[0]), max_size=4)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        right = struct(kind)
    else:
        right = ANYTHING
    return st.one_of(right, right, right, ANYTHING)


def struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    hints = get_type_hints(kind)
    fields = msgspec.structs.fields(kind)
    required = {field.name: values(hints[field.name]) for field in fields if field.required}
    optional = {field.name: values(hints[field.name]) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


# Values that get past the decoder and into the actions, by the parameter that they are for.
MEANT: dict[str, list[Any]] = {
    "FileId": [FILE_ID, FILE_ID, FILE_ID[::-1], ids.new_file_id()],
    "TaskId": ["1250000065-wechat-mini-program-publish-bffb15f07530b57bc1aabb01fac74bcat0"],
    "MediaUrl": [
        "http://v.example/a.mp4",
        "https://v.example/a.m3u8?s=1",
        "http://127.0.0.1/",
        "http://v.example/a.mpd",
    ],
    "CoverUrl": ["http://v.example/a.png", "https://[::1]/a"],
    "MediaType": ["mp4", "MP4", "3gp", "mp3", "m3u8"],
    "CoverType": ["jpg", "png", ""],
    "ExpireTime": ["2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2030-01-01T00:00:00+14:00"],
    "StorageRegion": ["ap-guangzhou", ""],
    "Type": ["OriginalFiles", "TranscodeFiles", "WechatMiniProgramPublishFiles", "AdaptiveDynamicStreamingFiles"],
    "Definition": [10, 100010, 20000, 1_000_001, 1_000_002],
    "SampleRate": [44100, 16000],
    "AudioChannel": [0, 1, 2, 6],
    "ImageContent": ["", "AAAA", base64.b64encode(png()).decode(), base64.b64encode(png()[:60]).decode()],
    "XPos": ["0px", "10%"],
    "FontSize": ["16px"],
    "FontColor": ["0xFF0000"],
    "ClassId": [0, 1, 2],
    "Names": ["clip", "电影", "l"],
    "NamePrefixes": ["cl", "电"],
    "Offset": [0, 1, 4990],
    "Limit": [0, 10, 5000],
    "After": ["2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"],
    "Before": ["2030-01-01T00:00:00.5Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"],
    "StartTime": ["2020-01-01T00:00:00Z"],
    "EndTime": ["2030-01-01T00:00:00Z"],
    "ParentId": [-1, -1, 1],
    "ClassName": ["电影", "电视剧"],
    "CoverData": ["AAAA", base64.b64encode(png()[:60]).decode()],
    "Language": ["zh", "en-US"],
    "Content": ["V0VCVlRU", "猫"],
    "ClearTags": [0, 1],
    "ClearSubtitles": [0, 1],
    "ClearKeyFrameDescs": [0, 1],
    "ClearKnowledgeBases": [0, 1],
    "NotificationUrl": [
        "http://a.example/",
        "https://a.example:8443/x?y=1",
        "http://127.0.0.1/",
        "ftp://a.example/",
        "",
    ],
    "SignKey": ["abcXYZ019", ""],
    "Filters": ["basicInfo", "metaData", "transcodeInfo", "miniProgramReviewInfo", "subtitleInfo"],
}
SOUND_TEXT = TEXT.filter(lambda text: "\0" not in text and text.isprintable())
SOUND_NUMBERS = (
    st.integers(0, 400) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 0, 0, 1, 10, 2**31, 2**32, 2**63 - 1])
)


def right(kind: Any, name: str) -> st.SearchStrategy[Any]:
    """Values of the declared type."""
    name = {"FileIds": "FileId", "Definitions": "Definition", "YPos": "XPos", "ClassIds": "ClassId"}.get(name, name)
    if get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        return st.one_of(*[right(option, name) for option in get_args(kind)])
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is list:
        return st.lists(right(get_args(kind)[0], name), min_size=1, max_size=4)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return right_struct(kind)
    meant = st.sampled_from(MEANT.get(name, [None]))
    known = {
        str: meant | meant | SOUND_TEXT if isinstance(MEANT.get(name, [0])[0], str) else SOUND_TEXT,
        int: meant | meant | SOUND_NUMBERS if isinstance(MEANT.get(name, [""])[0], int) else SOUND_NUMBERS,
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
    }
    return known.get(kind, st.none())


def right_struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    hints = get_type_hints(kind)
    fields = [field for field in msgspec.structs.fields(kind) if field.name != "SubAppId"]
    required = {field.name: right(hints[field.name], field.name) for field in fields if field.required}
    optional = {field.name: right(hints[field.name], field.name) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


# Made once, and not for each example: hypothesis looks long at strategies that it does not know.
RIGHT = {name: st.tuples(st.just(name), right_struct(action.request)) for name, action in ACTIONS.items()}
RIGHT_CALLS = st.sampled_from(list(ACTIONS)).flatmap(RIGHT.__getitem__)
PARAMS = {name: struct(action.request) for name, action in ACTIONS.items()}
ANY = {name: st.tuples(st.just(name), st.one_of(params, params, ANYTHING)) for name, params in PARAMS.items()}
CALLS = st.sampled_from(list(ACTIONS)).flatmap(ANY.__getitem__)
WAYS = st.sampled_from(["json", "json", "get", "form", "form get", "multipart", "raw multipart"])


# Processing as users ask for it, so that most requests get behind all checks of names, types and bounds.
PROCESSING = ("ProcessMedia", "CreateProcedureTemplate", "ResetProcedureTemplate", "ProcessMediaByProcedure")
ASKED: dict[str, list[Any]] = {
    "FileId": [FILE_ID],
    "Name": ["mine", "another"],
    "ProcedureName": ["mine", "another", "LongVideoPreset"],
    "TasksPriority": [-10, 0, 10],
    "TasksNotifyMode": ["", "Finish", "Change", "None"],
    "SourceDefinition": [0, 10, 210],
    "Definition": [10],
    "TranscodeTaskInput.Definition": [10, 20, 210, 1100, 10046],
    "AnimatedGraphicTaskInput.Definition": [20000, 20001],
    "ExtTimeOffsetSet": ["0s", "0.5s", "50%"],
    "TimeOffsetSet": [0.0, 500.0],
    "StartTimeOffset": [0.0, 0.1, -0.9],
    "EndTimeOffset": [0.0, 0.9, 1.0],
    "PositionValue": [0.0, 0.5],
}
NOT_ASKED = {one.path.partition(".")[0] for one in NOT_DONE} | {
    "SubAppId", "MediaStoragePath", "Url", "OutputAsIndependentMedia", "OverrideParameter", "AiContentReviewTask",
    "AiAnalysisTask", "AiRecognitionTask", "AiRecognitionTaskSet", "ReviewAudioVideoTask", "WatermarkSet",
    "ImportMediaKnowledgeTaskSet", "SessionId",
}  # fmt: skip
"""Members that would have nearly every request refused; the tests above send them."""


def asked(kind: Any, name: str) -> st.SearchStrategy[Any]:
    """Values that are mostly what the member is for, and now and then any of its type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return asked_struct(kind)
    if get_origin(kind) is list:
        inner = asked(get_args(kind)[0], name)
        if name in ASKED:
            return st.lists(inner, min_size=1, max_size=2)
        return st.lists(inner, max_size=2, unique_by=lambda one: repr(one["Definition"]))  # two of one are refused
    if get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        return st.one_of(*[asked(option, name) for option in get_args(kind) if option is not NoneType])
    if name in ASKED:
        meant = st.sampled_from(ASKED[name])
        return st.integers(0, 19).flatmap(lambda chance: meant if chance else right(kind, name))
    return right(kind, name)


def asked_struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    hints, of = get_type_hints(kind), kind.__name__
    fields = [field for field in msgspec.structs.fields(kind) if field.name not in NOT_ASKED]
    made = {
        field.name: asked(hints[field.name], f"{of}.{field.name}" if f"{of}.{field.name}" in ASKED else field.name)
        for field in fields
    }
    usual = {field.name for field in fields if field.required} | {"FileId", "MediaProcessTask", "ExtTimeOffsetSet"}
    return st.fixed_dictionaries(
        {name: values for name, values in made.items() if name in usual},
        optional={name: values for name, values in made.items() if name not in usual},
    )


ASKED_CALLS = st.one_of(*(st.tuples(st.just(name), asked_struct(ACTIONS[name].request)) for name in PROCESSING))


@pytest.fixture
def accepted() -> Iterator[set[str]]:
    """The actions of which a request was accepted: in the end, some (which ones is chance; most times all)."""
    names = set[str]()
    yield names
    assert names


@pytest.fixture
async def wire(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 0.001)
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened


async def ensure_clip(wire: Wire) -> None:
    """The video FILE_ID, which an example before may have deleted."""
    if await wire.db.fetch_one("select 1 from media where file_id = %s", [FILE_ID]):
        return
    async with wire.db.transaction() as connection:
        await media.create(
            connection,
            file_id=FILE_ID,
            sub_app_id=wire.key.app_id,
            directory=ids.new_directory(),
            name="clip",
            media_type="mp4",
            object_key="vod_upload/clip.mp4",
            metadata=msgspec.to_builtins(METADATA),
        )


def hold(answer: Answer) -> None:
    """What holds for every answer, beyond what `Wire.send` asserts already."""
    assert answer.code not in ("InternalError", "ServiceUnavailable"), answer
    assert len(answer.message) < 2000


def flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Dotted names, as a form writes nested values."""
    if isinstance(value, dict):
        children = [(str(name), child) for name, child in value.items()]
    elif isinstance(value, list):
        children = [(str(index), child) for index, child in enumerate(value)]
    else:
        return [(prefix, str(value))]
    return [pair for name, child in children for pair in flat(child, f"{prefix}.{name}" if prefix else name)]


def signed(wire: Wire, action: str, params: Any, way: str) -> HttpRequest:
    """The request, rightly signed, whatever its parameters are."""
    now = int(time.time())
    if way == "json":
        return signer.v3(json.dumps(params).encode(), action=action, now=now, **wire.credentials)
    fields = [(name.encode(errors="surrogatepass"), text.encode(errors="surrogatepass")) for name, text in flat(params)]
    if way == "get":
        return signer.v3(b"", action=action, method="GET", query=urlencode(fields), now=now, **wire.credentials)
    if way in ("form", "form get"):
        method = "POST" if way == "form" else "GET"
        texts = {name.decode(errors="surrogateescape"): text.decode(errors="surrogateescape") for name, text in fields}
        assume(all(name.isprintable() and text.isprintable() for name, text in texts.items()))
        common = {"Action": action, "SecretId": wire.key.secret_id}
        return signer.v1(common | {name: text for name, text in texts.items() if name}, method=method, now=now,
                         secret_key=wire.key.secret_key)  # fmt: skip
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name, text) for name, text in fields
    ]  # fmt: skip
    if way == "multipart":
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="%b"\r\nContent-Type: application/json\r\n\r\n%b\r\n'
            % (str(name).encode(errors="surrogatepass"), json.dumps(child).encode())
            for name, child in (params.items() if isinstance(params, dict) else [])
        ]
    body = b"".join(parts) + b"--b--\r\n"
    types = {"content-type": "multipart/form-data; boundary=b"}
    return signer.v3(body, action=action, headers=types, now=now, **wire.credentials)


@FUZZ
@given(call=CALLS, way=WAYS)
async def test_any_parameters(wire: Wire, call: tuple[str, Any], way: str) -> None:
    action, params = call
    answer = await wire.send(signed(wire, action, params, way))
    hold(answer)
    assert not answer.code.startswith("AuthFailure"), answer


@FUZZ
@given(call=RIGHT_CALLS, way=st.sampled_from(["json", "json", "form", "get"]))
async def test_parameters_of_the_right_types(wire: Wire, call: tuple[str, Any], way: str) -> None:
    await ensure_clip(wire)
    hold(await wire.send(signed(wire, *call, way)))


@settings(FUZZ, max_examples=max(200, EXAMPLES // 4))
@given(call=ASKED_CALLS, way=st.sampled_from(["json", "json", "form", "get"]))
async def test_processing_as_it_is_asked_for(wire: Wire, accepted: set[str], call: tuple[str, Any], way: str) -> None:
    """What is accepted is written whole: a task has as many steps left as it has steps."""
    await ensure_clip(wire)
    answer = await wire.send(signed(wire, *call, way))
    hold(answer)
    if answer.code != "OK":
        return
    accepted.add(call[0])
    if task_id := answer.get("TaskId"):
        [row] = await wire.db.fetch_all(
            """select steps_left, (select count(*) from task s where s.parent_id = t.task_id) as steps from task t
                where task_id = %s""",
            [task_id],
        )
        assert row["steps"] == row["steps_left"]
        await wire.db.execute("delete from publication where file_id = %s", [FILE_ID])


@FUZZ
@given(
    action=st.sampled_from(list(ACTIONS)),
    body=st.binary(max_size=300) | st.lists(
        st.sampled_from(
            [b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"1e999", b"-", b"\\u0000", b"\\ud800", b"NaN", b"\xff",
             b'"FileId"', b'"SubAppId"', b" ", b"0" * 50, b'"x"', b"true"]
        ), max_size=20
    ).map(b"".join),
)  # fmt: skip
async def test_any_body(wire: Wire, action: str, body: bytes) -> None:
    hold(await wire.json(action, body))


HEADER_VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60) | st.sampled_from(
    [
        "", "SKIP", "TC3-HMAC-SHA256", "UNSIGNED-PAYLOAD", "2018-07-17", "application/json",
        "TC3-HMAC-SHA256 Credential=/2023-11-14/vod/tc3_request, SignedHeaders=, Signature=",
        "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=" + "b" * 300,
        "99999999999", "-1", "chunked", "gzip", "[::1]:x", ":", "é:80",
    ]
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(
        ["authorization", "host", "content-type", "content-length", "content-encoding", "x-tc-action", "x-tc-version",
         "x-tc-timestamp", "x-tc-region", "x-tc-language", "x-tc-token", "x-tc-content-sha256", "x-tc-requestclient"]
    ),
    HEADER_VALUES,
    max_size=4,
)  # fmt: skip


@FUZZ
@given(
    action=st.sampled_from([*ACTIONS, "EditMedia", "Nothing"]),
    headers=HEADERS,
    method=st.sampled_from(["POST"] * 6 + ["GET", "GET", "PUT", "post"]),
    query=st.just(b"") | st.just(b"") | st.binary(max_size=60),
    secret_key=st.sampled_from(["", "x" * 32]),
)
async def test_nobody_gets_in_without_the_key(
    wire: Wire, action: str, headers: dict[str, str], method: str, query: bytes, secret_key: str
) -> None:
    http = signer.v3(action=action, now=int(time.time()), secret_id=wire.key.secret_id, secret_key=secret_key)
    http.headers |= headers
    http.method, http.query = method, query
    answer = await wire.send(http)
    hold(answer)
    assert answer.code.startswith(("AuthFailure.", "Invalid", "Missing", "Unsupported", "NoSuch", "Request")), answer


OLD_FIELDS = st.dictionaries(
    st.sampled_from(["Action", "Version", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Region",
                     "Token", "Language", "FileId", "A.0", "A", ""]),
    TEXT.filter(lambda text: "\ud800" not in text),
    max_size=6,
)  # fmt: skip


@FUZZ
@given(fields=OLD_FIELDS, method=st.sampled_from(["GET", "POST"]), tail=st.binary(max_size=20))
async def test_nobody_gets_in_with_an_old_signature_without_the_key(
    wire: Wire, fields: dict[str, str], method: str, tail: bytes
) -> None:
    known = {"SecretId": wire.key.secret_id} | fields
    http = signer.v1(known, method=method, now=int(time.time()), secret_key="y" * 32)
    if method == "GET":
        http.query += tail
    else:
        http.body += tail
    answer = await wire.send(http)
    hold(answer)
    assert answer.code != "OK"


@FUZZ
@given(action=st.text(max_size=40) | st.sampled_from(sorted(NAMES)))
async def test_any_action(wire: Wire, action: str) -> None:
    assume(not any("\ud800" <= char <= "\udfff" for char in action))
    answer = await wire.send(signer.v3(action=action, now=int(time.time()), **wire.credentials))
    hold(answer)
    if action not in ACTIONS:
        assert answer.code in ("InvalidAction", "MissingParameter")
