"""A service of the operator's that judges frames, text and speech by the JSON contract of docs/review.md."""

import asyncio
import base64
import binascii
import math
from typing import Annotated
from uuid import uuid4

import msgspec
from msgspec import Meta

from minivod import webhooks
from minivod.review.asking import Asking
from minivod.review.model import CATEGORIES, Finding
from minivod.review.pictures import jpeg_within
from minivod.review.services import Batch, Judgement, Shown
from minivod.settings import Settings, SettingsError

VERSION = 1
LONGEST_SIDE, MOST_BYTES = 640, 256 * 1024
"""Of a frame as it is sent: pixels, and bytes of its JPEG."""
_TOLERANCE = 0.5
"""Seconds by which a finding may reach beyond its batch."""
_LONGEST_SHOWN = 60
_LONGEST_LABEL = 200
"""Of what people read of a finding: the rest is cut, because a finding counts whatever it is called."""


class FrameSent(msgspec.Struct, frozen=True):
    """A frame: seconds, base64 of a JPEG, and the text that was read in it."""

    time: float
    jpeg: str
    text: str


class SpeechSent(msgspec.Struct, frozen=True):
    """What was said, seconds."""

    start: float
    end: float
    text: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A request; `id` is the same for all tries."""

    version: int = VERSION
    id: str
    categories: list[str]
    frames: list[FrameSent]
    speech: list[SpeechSent]


class FindingTold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the service found; seconds, and 0-100."""

    category: str
    confidence: Annotated[float, Meta(ge=0, le=100)]
    start: float
    end: float
    label: str = ""
    explanation: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer; `service` says which version of the service judged."""

    version: int
    service: str = ""
    findings: Annotated[list[FindingTold], Meta(max_length=1000)]


class HttpService:
    """The service at `review_http_url`.

    Raises:
        SettingsError: URL, secret or categories are wrong; the message names the setting, and no secret.
    """

    name = "http"

    def __init__(self, settings: Settings, asking: Asking, *, hears: bool = True) -> None:
        """Args: settings: of the server; asking: its calls; hears: whether what is said can be sent."""
        self._url, self._secret = settings.review_http_url, settings.review_http_secret
        _check_secret(self._secret)
        self.categories = frozenset(settings.review_http_categories)
        unknown = sorted(self.categories - CATEGORIES)
        if unknown or not self.categories:
            raise SettingsError(
                f"the setting review_http_categories must name categories out of {', '.join(sorted(CATEGORIES))}, "
                f"not {unknown[0][:_LONGEST_SHOWN]!r}" if unknown else
                "the setting review_http_categories is empty; it must say what the service looks for"
            )  # fmt: skip
        self.categories = frozenset(name for name in self.categories if hears or not name.endswith(".Asr"))
        if not self.categories:
            raise SettingsError(
                "the setting review_http_categories names only what is said, and nothing here writes that down "
                "(`pip install 'minivod[speech]'`, `minivod models install --speech`)"
            )
        self.absent = settings.http_absence()
        self.fingerprint = f"{self._url} {self.absent}"
        self._asking = asking

    async def judge(self, batch: Batch) -> Judgement:
        """What the service says of it; raises ServiceAway."""
        question = await asyncio.to_thread(self._question, batch)
        body = msgspec.json.encode(question)

        def headers() -> dict[str, str]:
            signed = webhooks.headers([self._secret], question.id, int(self._asking.clock.now()), body)
            return signed | {"Content-Type": "application/json"}

        return self._read(await self._asking.ask(self._url, body, headers), batch)

    def _question(self, batch: Batch) -> Question:
        return Question(
            id=f"review_{uuid4().hex}",
            categories=sorted(self.categories),
            frames=[_sent(one) for one in batch.frames],
            speech=[SpeechSent(round(one.start, 3), round(one.end, 3), one.text) for one in batch.speech],
        )

    def _read(self, body: bytes, batch: Batch) -> Judgement:
        """The answer, all of which must make sense: of what is wrong in part, nobody knows the rest to be right."""
        try:
            answer = msgspec.json.decode(body, type=Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._asking.unusable(f"no answer of the contract: {error}"[: _LONGEST_SHOWN * 4]) from None
        if answer.version != VERSION:
            raise self._asking.unusable(f"version {answer.version}, not {VERSION}")
        return Judgement([self._finding(one, batch) for one in answer.findings], answer.service[:_LONGEST_LABEL])

    def _finding(self, told: FindingTold, batch: Batch) -> Finding:
        if told.category not in self.categories:
            raise self._asking.unusable(f"the category {told.category[:_LONGEST_SHOWN]!r}, which it was not asked for")
        first, last = batch.first - _TOLERANCE, batch.last + _TOLERANCE
        if not (math.isfinite(told.confidence) and first <= told.start <= told.end <= last):
            raise self._asking.unusable(f"times {told.start}-{told.end} s, of a batch of {first}-{last} s")
        return Finding(
            category=told.category,
            label=(told.label or told.explanation)[:_LONGEST_LABEL] or f"found by {self.name}",
            confidence=told.confidence,
            start=told.start,
            end=told.end,
            detector=self.name,
        )


def _sent(frame: Shown) -> FrameSent:
    jpeg = jpeg_within(frame.image, LONGEST_SIDE, LONGEST_SIDE, MOST_BYTES)
    return FrameSent(round(frame.time, 3), base64.b64encode(jpeg).decode(), frame.text)


def _check_secret(secret: str) -> None:
    try:
        known = base64.b64decode(secret.removeprefix(webhooks.PREFIX), validate=True)
    except (binascii.Error, ValueError):
        known = b""
    if not secret.startswith(webhooks.PREFIX) or not known:
        raise SettingsError(f"the setting review_http_secret must be {webhooks.PREFIX} and bytes in base64")
