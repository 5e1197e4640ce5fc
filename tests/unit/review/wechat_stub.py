"""A server that answers like WeChat's content check as it is documented: it was never compared with the real one."""

import asyncio
import email
import io
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image as Picture

from ..callbacks.receivers import Behaviour, Received, Receiver, answer, receiver

APPID, SECRET, OPENID = "wx0123456789abcdef", "hunter2-app-secret", "o-owner"
TOKEN_PATH, PICTURE_PATH, TEXT_PATH = "/cgi-bin/stable_token", "/wxa/img_sec_check", "/wxa/msg_sec_check"
RED = np.broadcast_to(np.array([250, 0, 0], np.uint8), (360, 640, 3))
GREY = np.full((360, 640, 3), 90, np.uint8)
"""A picture that the stub finds risky, and one that it does not."""


def error(code: int) -> Behaviour:
    """An answer with that `errcode`; its words repeat a secret, as some do."""
    return said({"errcode": code, "errmsg": f"{SECRET} rid: 6770cbe3"})


def said(content: Any) -> Behaviour:
    return answer("200 OK", "Content-Type: application/json", body=json.dumps(content).encode())


@dataclass
class WeChatStub:
    """Its state; `script` has what the next calls of a check get in place of an answer, and `stubborn` what all do."""

    there: Receiver
    number: int = 1
    """Of the token that is valid."""
    stale: int = 40001
    """What another token is answered with."""
    expires_in: int = 7200
    verdicts: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By text: suggest and label."""
    script: dict[str, deque[Behaviour]] = field(default_factory=dict)
    stubborn: dict[str, Behaviour] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.there.port}"

    @property
    def token(self) -> str:
        return f"secret token/{self.number}"

    def calls(self, path: str) -> list[Received]:
        return [one for one in self.there.received if urlsplit(one.line.split()[1]).path == path]

    async def behave(self, writer: asyncio.StreamWriter) -> None:
        await self._behaviour(self.there.received[-1])(writer)

    def _behaviour(self, call: Received) -> Behaviour:
        method, target, _ = call.line.split()
        assert method == "POST"
        parts = urlsplit(target)
        if script := self.script.get(parts.path):
            return script.popleft()
        if parts.path in self.stubborn:
            return self.stubborn[parts.path]
        if parts.path == TOKEN_PATH:
            return self._give_token(call)
        if parse_qs(parts.query).get("access_token") != [self.token]:
            return error(self.stale)
        return {PICTURE_PATH: self._check_picture, TEXT_PATH: self._check_text}[parts.path](call)

    def _give_token(self, call: Received) -> Behaviour:
        asked = call.content
        assert asked["grant_type"] == "client_credential" and not asked.get("force_refresh")
        if asked["appid"] != APPID:
            return error(40013)
        if asked["secret"] != SECRET:
            return error(40125)
        return said({"access_token": self.token, "expires_in": self.expires_in})

    def _check_picture(self, call: Received) -> Behaviour:
        picture = sent_picture(call)
        if picture.width > 750 or picture.height > 1334 or len(call.body) > 1 << 20:
            return error(40006)
        red, green, _ = np.asarray(picture.convert("RGB")).mean((0, 1))
        return error(87014) if red > 200 > 50 > green else said({"errcode": 0, "errmsg": "ok"})

    def _check_text(self, call: Received) -> Behaviour:
        asked = call.content
        assert (asked["version"], asked["scene"]) == (2, 4) and 0 < len(asked["content"]) <= 2500
        if asked["openid"] != OPENID:
            return error(61010)
        suggest, label = self.verdicts.get(asked["content"], ("pass", 100))
        detail = [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}]
        result = {"suggest": suggest, "label": label}
        return said({"errcode": 0, "errmsg": "ok", "result": result, "detail": detail, "trace_id": "t"})


def sent_picture(call: Received) -> Picture.Image:
    """The one file of the form, as any reader of forms finds it."""
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + call.body).get_payload()
    assert isinstance(parts, list) and len(parts) == 1
    part = parts[0]
    assert isinstance(part, email.message.Message)
    assert part.get_param("name", header="content-disposition") == "media"
    assert (part.get_filename(), part.get_content_type()) == ("frame.jpg", "image/jpeg")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Picture.open(io.BytesIO(content))


@asynccontextmanager
async def wechat_stub() -> AsyncIterator[WeChatStub]:
    async with receiver() as there:
        stub = WeChatStub(there)
        there.behaviour = stub.behave
        yield stub
