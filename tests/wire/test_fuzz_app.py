"""Requests that nobody would send, over TCP to the whole application: API, object endpoint, playback; never a 5xx.

`FUZZ_EXAMPLES=100000 pytest tests/wire/test_fuzz_app.py` (`make fuzz`) tries more of them.
"""

import asyncio
import json
import os
import string
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minivod import ids
from minivod.actions import pull_events
from minivod.objects import Objects
from minivod.playback.psign import create_psign
from minivod.store import accounts, media, publications, tasks, uploads
from minivod.store.publications import KIND, Publications, PublishRequest
from minivod.store.uploads import Upload, UploadDetails

from ..unit.api import signer
from ..unit.cos.signing import authorization
from ..unit.playback.stage import metadata
from ..waiting import PATIENCE
from .served import Served, serve
from .test_fuzz import ACTIONS, ANYTHING, EXAMPLES

UPLOAD_ID = "fuzz-upload"
VIDEO = bytes(range(256)) * 4
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", "0", "-1", "1", "10001", "9" * 30, "1e9", "\0", "%00", "%", "..", "../../etc/passwd", "a" * 3000, "é", "💥",
     "*", "' or 1=1 --", "vod_upload", UPLOAD_ID]
)  # fmt: skip
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
METHODS = st.sampled_from(["GET", "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
XML = st.sampled_from(
    [
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload/>",
        "<CompleteMultipartUpload><Part><PartNumber>-1</PartNumber></Part></CompleteMultipartUpload>",
        f"<CompleteMultipartUpload><Part><PartNumber>{'9' * 5000}</PartNumber></Part></CompleteMultipartUpload>",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><CompleteMultipartUpload>&a;</CompleteMultipartUpload>',
        "<" * 500,
        "<a>" * 500,
    ]
).map(str.encode)
BODIES = st.binary(max_size=200) | XML


@dataclass(frozen=True)
class Sent:
    """A request, and how much of its body is really sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    cut_off: bool = False


@dataclass(frozen=True)
class Place:
    """The server, with an open upload session and a published video."""

    served: Served
    session: Upload
    folder: str
    file_id: str
    psign: str

    async def ask(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body of the answer; 0 when the server hung up without one."""
        head = {"host": f"127.0.0.1:{self.served.port}", "content-length": str(len(sent.body)), "connection": "close"}
        lines = [f"{name}: {value}" for name, value in (head | sent.headers).items()]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        try:
            writer.write("\r\n".join([f"{sent.method} {sent.target} HTTP/1.1", *lines, "", ""]).encode("latin-1"))
            writer.write(sent.body[: len(sent.body) // 2] if sent.cut_off else sent.body)
            if sent.cut_off:
                writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), PATIENCE)
        except ConnectionError:
            return 0, b""
        finally:
            writer.close()
        status = answer.split(b" ", 2)[1] if answer else b"0"
        return int(status), answer.partition(b"\r\n\r\n")[2]


@pytest.fixture
async def place(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 0.001)
    async with serve(database_url, tmp_path / "data", rate_limit=0) as served:
        file_id, directory = ids.new_file_id(), ids.new_directory()
        await publish(served, file_id, directory)
        app = await accounts.find_sub_app(served.db, served.key.app_id, served.key.app_id)
        assert app is not None
        yield Place(
            served,
            await open_session(served),
            f"/{served.key.app_id}/{directory}/{file_id}",
            file_id,
            create_psign(app.play_key, app_id=app.app_id, file_id=file_id),
        )


async def publish(served: Served, file_id: str, directory: str) -> None:
    """A video that can be played."""
    app_id, key = served.key.app_id, f"published/{file_id}.mp4"
    await Objects(served.settings.objects_url()).put_bytes(key, VIDEO)
    async with served.db.transaction() as connection:
        await media.create(
            connection,
            file_id=file_id,
            sub_app_id=app_id,
            directory=directory,
            name="clip",
            media_type="mp4",
            object_key=f"vod_upload/{file_id}",
            metadata=metadata(len(VIDEO)),
        )
    wanted = PublishRequest(
        sub_app_id=app_id, app_id=app_id, file_id=file_id, definition=0, task_id=ids.new_task_id(app_id, KIND)
    )
    assert (await Publications(served.db, lambda *_: True).accept(wanted)).accepted
    [task] = await tasks.find_many(served.db, [(app_id, wanted.task_id)])
    assert task is not None
    async with served.db.transaction() as connection:
        assert await publications.decide(
            connection, task, state="PASS", object_key=key, metadata=metadata(len(VIDEO)), review_summary=[]
        )


async def open_session(served: Served) -> Upload:
    folder = f"vod_upload/{served.key.app_id}"
    session = Upload(
        session_key=ids.new_token(),
        sub_app_id=served.key.app_id,
        secret_id=ids.new_secret_id(),
        secret_key=ids.new_secret_key(),
        token=ids.new_token(),
        media_key=f"{folder}/video.mp4",
        cover_key=f"{folder}/cover.jpg",
        media_type="mp4",
        cover_type="jpg",
        details=UploadDetails(),
    )
    await uploads.create(served.db, session, 86400)
    return session


# --- requests, as functions of the place ------------------------------------------------------------------

COS_PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["uploads", "uploadId", "partNumber", "prefix", "delimiter", "max-uploads", "max-parts", "part-number-marker",
         "encoding-type", "acl", "key-marker", "response-content-type"]
    ) | TEXT,
    TEXT,
    max_size=3,
)  # fmt: skip
MULTIPART = st.fixed_dictionaries(
    {"uploadId": st.sampled_from([UPLOAD_ID, UPLOAD_ID, "none"])},
    optional={"partNumber": st.sampled_from(["1", "2", "0", "-1", "10001", "x", "9" * 400])},
)
COS_HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-md5", "content-type", "content-encoding", "x-cos-acl", "x-cos-copy-source", "x-cos-storage-class",
         "range", "x-cos-security-token", "x-cos-meta-a", "content-length", "transfer-encoding", "if-match"]
    ),
    HEADER_TEXT | st.sampled_from(["0", "5", "1" * 30, "bytes=0-1", "chunked", "1B2M2Y8AsgTpgAmY7PhCfg=="]),
    max_size=2,
)  # fmt: skip


def mostly(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Four times of five the usual, so that most requests get far and fail by one thing alone."""
    return st.integers(0, 4).flatmap(lambda number: usual if number else other)


@st.composite
def cos_requests(draw: st.DrawFn, place: Place) -> Sent:
    session = place.session
    own = st.sampled_from([session.media_key, session.media_key, session.cover_key, ""])
    key = draw(mostly(own, st.just("vod_upload/x") | TEXT))
    method = draw(mostly(st.sampled_from(["PUT", "PUT", "PUT", "POST", "GET", "HEAD", "DELETE"]), METHODS))
    params = draw(mostly(st.just({}) | st.just({"uploads": ""}) | MULTIPART, COS_PARAMETERS))
    signature = authorization(session, method, f"/{key}", params=params)
    headers = {"authorization": signature, "x-cos-security-token": session.token} | draw(
        mostly(st.just({}), COS_HEADERS)
    )
    if draw(st.integers(0, 5)) == 0:
        headers["authorization"] = draw(HEADER_TEXT.map(lambda text: f"q-sign-algorithm={text}"))
    query = f"?{urlencode(params)}" if params else ""
    return Sent(method, f"/{quote(key)}{query}", headers, draw(BODIES), draw(st.integers(0, 9)) == 0)


PLAY_HEADERS = st.dictionaries(
    st.sampled_from(
        ["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "origin",
         "access-control-request-method", "access-control-request-headers", "referer"]
    ),
    HEADER_TEXT | st.sampled_from(
        ["bytes=0-", "bytes=-1", "bytes=5-1", f"bytes={'9' * 400}-", "bytes=0-0,2-3", "bytes=-" + "9" * 30, "*", '"x"',
         "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 99 Foo 0000 99:99:99 GMT", "null"]
    ),
    max_size=3,
)  # fmt: skip


@st.composite
def play_requests(draw: st.DrawFn, place: Place) -> Sent:
    app_id, directory, file_id = place.folder.strip("/").split("/")
    parts = draw(
        st.sampled_from(
            [
                [app_id, directory, file_id, "f0.mp4"],
                [app_id, directory, file_id, f"{file_id}.jpg"],
                ["getplayinfo", "v4", app_id, file_id],
                ["watermark", app_id, app_id, f"{directory}.png"],
                ["healthz"],
                ["readyz"],
                ["metrics"],
            ]
        )
    )
    if draw(st.booleans()):
        parts = list(parts)
        parts[draw(st.integers(0, len(parts) - 1))] = draw(
            TEXT | st.sampled_from(["0", "9" * 19, "9" * 40, "v.f9.mp4"])
        )
    query = draw(st.just({}) | st.dictionaries(st.sampled_from(["psign", "t", "sign", "us"]), TEXT, max_size=2))
    if draw(st.integers(0, 3)) == 0:
        query["psign"] = place.psign[: draw(st.integers(0, len(place.psign)))]
    target = "/" + "/".join(quote(part, safe=draw(st.sampled_from(["", string.punctuation]))) for part in parts)
    target = "".join(char for char in target if "!" <= char <= "~")
    return Sent(draw(METHODS), target + (f"?{urlencode(query)}" if query else ""), draw(PLAY_HEADERS))


@st.composite
def api_requests(draw: st.DrawFn, place: Place) -> Sent:
    key = place.served.key
    http = signer.v3(
        json.dumps(draw(ANYTHING)).encode(),
        action=draw(st.sampled_from(list(ACTIONS))),
        now=int(time.time()),
        secret_id=key.secret_id,
        secret_key=key.secret_key,
    )
    return Sent("POST", "/", {"host": signer.HOST} | http.headers, http.body, draw(st.integers(0, 9)) == 0)


@st.composite
def stray_requests(draw: st.DrawFn, place: Place) -> Sent:
    target = draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
    headers = draw(
        st.dictionaries(st.text(string.ascii_letters + "-", min_size=1, max_size=15), HEADER_TEXT, max_size=4)
    )
    return Sent(draw(METHODS), f"/{target}", headers, draw(BODIES))


KINDS = [cos_requests, cos_requests, play_requests, play_requests, api_requests, stray_requests]


@pytest.mark.timeout(7200 if "FUZZ_EXAMPLES" in os.environ else 600)
@settings(
    max_examples=max(EXAMPLES // 2, 1),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_any_request(place: Place, data: st.DataObject) -> None:
    sent = data.draw(st.sampled_from(KINDS).flatmap(lambda kind: kind(place)))
    await place.served.db.execute(  # an example before may have ended it
        "insert into multipart_upload (upload_id, object_key, session_key) values (%s, %s, %s) on conflict do nothing",
        [UPLOAD_ID, place.session.media_key, place.session.session_key],
    )
    status, body = await place.ask(sent)
    assert status < 500, (status, body)
    assert status or sent.cut_off or {"content-length", "transfer-encoding"} & sent.headers.keys()
    assert b"Traceback" not in body
    assert b"InternalError" not in body or sent.target.startswith("/metrics")  # which counts those of other tests


async def test_the_requests_get_past_the_doors(place: Place) -> None:
    """The fuzz is worth something only if such requests, without errors in them, are served."""
    session = place.session
    signature = authorization(session, "PUT", f"/{session.media_key}")
    headers = {"authorization": signature, "x-cos-security-token": session.token}
    assert (await place.ask(Sent("PUT", f"/{session.media_key}", headers, b"bytes")))[0] == 200
    assert await place.ask(Sent("GET", f"{place.folder}/f0.mp4", {})) == (200, VIDEO)
    status, body = await place.ask(Sent("GET", f"/getplayinfo/v4{place.folder[:11]}/{place.file_id}", {}))
    assert (status, json.loads(body)["code"]) == (200, 0)
