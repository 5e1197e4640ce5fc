"""WeChat's own content check as two reviewers from outside: of pictures, and of text where an OpenID is known."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from secrets import token_hex
from typing import Any, Literal, TypeVar

import msgspec

from minivod.review.model import Finding
from minivod.review.pictures import jpeg_within
from minivod.review.services import Batch, Judgement, Shown
from minivod.review.wechat_calls import RISKY, Answer, WeChat, unreadable
from minivod.settings import Settings, SettingsError

WIDE, HIGH, MOST_BYTES = 750, 1334, 300_000
"""Of a picture as it is sent: pixels, which WeChat documents, and bytes, of which it documents a million at most."""
LONGEST_TEXT, OVERLAP = 2500, 100
"""Characters of a text that is sent, and of the end of a piece that the next one begins with."""
SCENE = 4
"""Where the text stands, as WeChat tells it apart: what users post."""
_LONGEST_SHOWN = 40
_PICTURES = frozenset({"Porn", "Terrorism", "Political"})
_RISKY_PICTURE = "risky by WeChat's content check, which does not say why"
_PICTURE_CONFIDENCE = 90.0
"""One such picture is for review, three that agree block."""
_TEXT_CONFIDENCE = {"review": 80.0, "risky": 98.0}
"""For review, and blocked at once, by the thresholds as they come."""
_KINDS = {
    10001: ("Ad", "advertising"),
    20001: ("Political", "politics"),
    20002: ("Porn", "pornography"),
    20003: ("Abuse", "abuse"),
    20006: ("Terrorism", "crime"),
    20008: ("Ad", "fraud"),
    20012: ("Porn", "vulgarity"),
    20013: ("Ad", "copyright"),
}
"""By `label`, the subject whose category it is, and a word for it; all others are `_OTHER`."""
_OTHER = "Political"
_SUBJECTS = frozenset({subject for subject, _ in _KINDS.values()} | {_OTHER})

_T = TypeVar("_T")


class PictureCheck:
    """`img_sec_check`, which says of a picture that it may be forbidden, and not why.

    Raises:
        SettingsError: the categories are wrong.
    """

    name = "wechat"

    def __init__(self, settings: Settings, wechat: WeChat) -> None:
        """Args: settings: of the server; wechat: its calls."""
        self.categories = frozenset(settings.review_wechat_categories)
        if not self.categories or self.categories - _PICTURES:
            raise SettingsError(
                f"the setting review_wechat_categories must name some of {', '.join(sorted(_PICTURES))}, not "
                f"{', '.join(sorted(self.categories - _PICTURES))[:100] or 'none'}"
            )
        self.absent = settings.wechat_absence()
        self.fingerprint = f"{settings.review_wechat_url} {settings.review_wechat_appid} {self.absent}"
        self._wechat = wechat

    async def judge(self, batch: Batch) -> Judgement:
        """What it says of each frame; raises ServiceAway."""
        risky = await _together(self._is_risky(frame) for frame in batch.frames)
        found = [
            Finding(category=category, label=_RISKY_PICTURE, confidence=_PICTURE_CONFIDENCE, start=frame.time,
                    end=frame.time, detector=self.name)
            for frame, bad in zip(batch.frames, risky, strict=True) if bad for category in sorted(self.categories)
        ]  # fmt: skip
        return Judgement(found, "img_sec_check")

    async def _is_risky(self, frame: Shown) -> bool:
        jpeg = await asyncio.to_thread(jpeg_within, frame.image, WIDE, HIGH, MOST_BYTES)
        body, content_type = _form(jpeg)
        return (await self._wechat.call("/wxa/img_sec_check", body, content_type, Answer)).errcode == RISKY


class Result(msgspec.Struct, frozen=True):
    """The verdict on a text."""

    suggest: Literal["pass", "review", "risky"]
    label: int


class _TextAnswer(Answer, frozen=True):
    result: Result | None = None


class TextCheck:
    """`msg_sec_check`, version 2, of what is read in frames and of what is said."""

    name = "wechat-text"

    def __init__(self, settings: Settings, wechat: WeChat, *, hears: bool = True) -> None:
        """Args: settings: of the server, with an OpenID; wechat: its calls; hears: whether what is said is known."""
        forms = ("Ocr", "Asr") if hears else ("Ocr",)
        self.categories = frozenset(f"{subject}.{form}" for subject in _SUBJECTS for form in forms)
        self.absent = settings.wechat_text_absence()
        self.fingerprint = f"{settings.review_wechat_url} {settings.review_wechat_appid} {SCENE} {self.absent}"
        self._openid = settings.review_wechat_openid
        self._wechat = wechat

    async def judge(self, batch: Batch) -> Judgement:
        """What it says of each text, which is sent once however often it comes; raises ServiceAway."""
        places = [(one.time, one.time, one.text.strip(), "Ocr") for one in batch.frames]
        places += [(one.start, one.end, one.text.strip(), "Asr") for one in batch.speech]
        texts = list(dict.fromkeys(text for _, _, text, _ in places if text))
        said = dict(zip(texts, await _together(map(self._results, texts)), strict=True))
        found = [
            self._finding(result, text, form, start, end)
            for start, end, text, form in places for result in said.get(text, ())
        ]  # fmt: skip
        return Judgement(found, "msg_sec_check 2")

    async def _results(self, text: str) -> list[Result]:
        """The verdicts on its pieces that do not pass."""
        said = await _together(map(self._result, pieces(text)))
        return [one for one in said if one.suggest != "pass"]

    async def _result(self, text: str) -> Result:
        question = {"version": 2, "scene": SCENE, "openid": self._openid, "content": text}
        body = msgspec.json.encode(question)
        answer = await self._wechat.call("/wxa/msg_sec_check", body, "application/json", _TextAnswer)
        if answer.errcode == RISKY:
            return Result("risky", 0)
        if answer.result is None:
            raise unreadable(self._wechat.asking)
        return answer.result

    def _finding(self, result: Result, text: str, form: str, start: float, end: float) -> Finding:
        subject, word = _KINDS.get(result.label, (_OTHER, f"label {result.label}"))
        return Finding(
            category=f"{subject}.{form}",
            label=f"{_shown(text)} (WeChat: {word})",
            confidence=_TEXT_CONFIDENCE[result.suggest],
            start=start,
            end=end,
            detector=self.name,
        )


def pieces(text: str) -> Iterator[str]:
    """The text in pieces that may be sent; they overlap, so that no phrase is cut in all of them."""
    for start in range(0, max(len(text) - OVERLAP, 1), LONGEST_TEXT - OVERLAP):
        yield text[start : start + LONGEST_TEXT]


def _shown(text: str) -> str:
    """Its beginning, in one line and without what would end the quotes that messages put it in."""
    line = " ".join(text.replace('"', " ").split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"


def _form(jpeg: bytes) -> tuple[bytes, str]:
    """The body of a form with one file, and its Content-Type (RFC 7578)."""
    boundary = token_hex(16)
    head = 'Content-Disposition: form-data; name="media"; filename="frame.jpg"\r\nContent-Type: image/jpeg'
    body = f"--{boundary}\r\n{head}\r\n\r\n".encode() + jpeg + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


async def _together(calls: Iterable[Coroutine[Any, Any, _T]]) -> Sequence[_T]:
    """What they return, in order; the first that fails ends the others."""
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
