"""(i) Speech: how many of the phrases that are said are found, under what, and what listening costs."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from bench import recordings, voices
from bench.report import Report
from bench.sound import GAP, Piece, Under, clean, music, noise
from bench.sources import FetchError
from bench.voices import Speech
from minivod.media.sound_header import RATE
from minivod.review.detectors import DetectorConfig
from minivod.review.hearing import Mono, Word
from minivod.review.model import DetectorUnavailable
from minivod.review.speech import SpeechDetector
from minivod.review.speech_model import DIRECTORY
from minivod.review.whisper import Whisper
from minivod.settings_sources import load

TITLE = "(i) Speech: phrases that are said"
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "en": (
        "Welcome back, you can watch free porn videos here.",
        "Today I show you how to make a bomb at home.",
        "Join us, we will overthrow the government.",
        "Click the link for live sex shows.",
        "There are hot escort girls near you.",
        "Join the free sex chat tonight.",
        "The armed uprising begins tomorrow.",
    ),
    "zh": (
        "欢迎来到我的频道，免费看成人视频。",
        "今天我们聊一聊怎么制作炸弹。",
        "他们计划颠覆政府。",
        "点击这里看色情直播。",
        "附近的人都可以约炮。",
        "这部三级片在哪里可以看？",
        "明天发动武装起义。",
        "加我微信一起裸聊。",
    ),
}
"""Said one after the other, by voices in turn; each has a phrase of the built-in lists."""
HARMLESS: dict[str, tuple[str, ...]] = {
    "en": (
        "Welcome back, today we cook a dinner for the family.",
        "The museum opens at nine and children go free.",
        "Please subscribe and tell me what you think.",
        "We walked along the river until the sun went down.",
        "The government published its new budget this week.",
        "My grandmother sends you her best wishes.",
        "Turn left at the station and cross the bridge.",
        "She studied chemistry and now teaches at a school.",
    ),
    "zh": (
        "欢迎来到我的频道，今天教大家做饭。",
        "我们周末去公园看樱花。",
        "成人食品和儿童食品不一样。",
        "这个视频是在学校拍的。",
        "请在下面留言告诉我。",
        "老师讲了武昌起义的历史。",
        "明天早上八点的火车。",
        "他每天晚上都去跑步。",
    ),
}
Lines = tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """What came of lines that were said: how many were found, of how many, by what they were found, and the cost."""

    found: int
    lines: int
    missed: tuple[str, ...]
    seconds: float
    processor: float
    clock: float


class _Keeping:
    """The recogniser, which keeps what it wrote down."""

    def __init__(self, recogniser: Whisper) -> None:
        self._recogniser = recogniser
        self.texts: list[str] = []

    def hear(self, sound: Mono) -> list[list[Word]]:
        said = self._recogniser.hear(sound)
        self.texts += ["".join(word.text for word in words) for words in said]
        return said

    def show(self, title: str) -> None:
        """Prints what it wrote down, where that is asked for, and forgets it."""
        if os.environ.get("BENCH_TRANSCRIPTS"):
            print(title, *self.texts, sep="\n  ", flush=True)
        self.texts.clear()


def listen(detector: SpeechDetector, lines: Lines, spoken: list[Speech], under: Under) -> Heard:
    """Has the lines heard as one piece under something; each is found when a finding lies in its time."""
    silence = np.zeros(round(GAP * RATE), np.float32)
    spans, parts, place = list[tuple[float, float]](), [silence], GAP
    for line in spoken:
        spans.append((place, place + len(line) / RATE))
        parts += [line, silence]
        place += len(line) / RATE + GAP
    sound = under(np.concatenate(parts))
    piece = Piece(sound)
    clock, processor = time.perf_counter(), time.process_time()
    moments = [one.finding.start for one in detector.listen(piece)]
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    hit = [any(start - GAP / 2 <= moment <= end for moment in moments) for start, end in spans]
    missed = tuple(line for line, was in zip(lines, hit, strict=True) if not was)
    return Heard(sum(hit), len(lines), missed, len(sound) / RATE, processor, clock)


def _said(language: str, lines: Lines, speed: float = 1.0) -> list[Speech]:
    return [voices.kokoro(line, language, number, speed) for number, line in enumerate(lines)]


def _robot(language: str, lines: Lines) -> list[Speech]:
    return [voices.espeak(line, language) for line in lines]


def _series(quick: bool) -> Iterator[tuple[str, str, Lines, Callable[[], list[Speech]], Under]]:
    """What is said, how, the lines, how to have them said, and under what."""
    for language, name in (("en", "English"), ("zh", "Mandarin")):
        lines: Lines = FORBIDDEN[language][: 2 if quick else None]
        usual = cache(partial(_said, language, lines))
        yield name, "neural voice", lines, usual, clean
        if quick:
            continue
        some = lines[:5]
        yield name, "with noise, 10 dB below", lines, usual, noise
        yield name, "with music, 5 dB below", lines, usual, music
        yield name, "1.5 times as fast", lines, partial(_said, language, lines, 1.5), clean
        yield name, "0.7 times as fast", some, partial(_said, language, some, 0.7), clean
        yield name, "espeak-ng", some, partial(_robot, language, some), clean
        harmless = HARMLESS[language]
        yield f"{name}, harmless", "neural voice", harmless, partial(_said, language, harmless), clean


def run(*, quick: bool) -> Report:
    """Has all series heard; `quick`: two lines of each language."""
    report = Report(TITLE, ["said", "how", "lines found", "not found", "times real time", "processor s a second"])
    directory = Path(load().models_path())
    config = DetectorConfig(directory)
    try:
        SpeechDetector(config)
        recogniser = _Keeping(Whisper(directory / DIRECTORY, os.cpu_count() or 1))
    except DetectorUnavailable as missing:
        report.notes.append(f"Not measured: {missing}.")
        return report
    detector = SpeechDetector(config, recogniser)
    for said, how, lines, make, under in _series(quick):
        try:
            heard = listen(detector, lines, make(), under)
        except FetchError as missing:
            report.notes.append(f"Not measured: {said}, {how}: {missing}.")
            continue
        share = f"{heard.found} of {heard.lines}"
        real, cost = heard.seconds / heard.clock, heard.processor / heard.seconds
        missed = "" if "harmless" in said else " ".join(heard.missed)
        report.add(said, how, share, missed, f"{real:.1f}", f"{cost:.2f}")
        recogniser.show(f"{said}, {how}")
    report.notes.append("Speech without pauses, in pieces of up to 30 s; silence costs next to nothing.")
    if not quick:
        report.notes += ["", recordings.measured(config, recogniser).markdown()]
        recogniser.show(recordings.TITLE)
    return report
