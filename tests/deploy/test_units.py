"""The units of systemd: systemd understands them, and they leave minivod what its sandbox needs."""

import re
import shutil
from pathlib import Path

import pytest

from minivod.media.sandbox import run_trusted
from minivod.settings import Settings
from minivod.settings_sources import load

from .reading import DEPLOY, ROOT, understood

ANALYZE = shutil.which("systemd-analyze")
SERVER, WORKER = "minivod.service", "minivod-worker@.service"
UNITS = (SERVER, WORKER)
OWN = ("Environment", "EnvironmentFile", "ExecStart", "StateDirectory")
MOST_EXPOSURE = 3.0
"""Of ten, by `systemd-analyze security`; a service without any of it has 9.6."""

analyzed = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")


def lines(unit: str) -> list[tuple[str, str]]:
    """Its settings."""
    text = (DEPLOY / unit).read_text(encoding="utf-8")
    return [(name, value) for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)]


def value(unit: str, name: str) -> str:
    [found] = [one for key, one in lines(unit) if key == name]
    return found


@analyzed
def test_systemd_understands_them(tmp_path: Path) -> None:
    """All of it: what it does not know it only warns of. The program is another one, as there is none in /opt here."""
    for unit in UNITS:
        text = (DEPLOY / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/minivod/bin/minivod", "/bin/true"), encoding="utf-8")
    done = run_trusted([str(ANALYZE), "verify", *(tmp_path / unit for unit in UNITS)], timeout=60)
    assert (done.returncode, done.stderr.decode()) == (0, "")


@analyzed
def test_they_expose_little() -> None:
    for unit in UNITS:
        words: list[str | Path] = ["security", "--offline=yes", f"--threshold={MOST_EXPOSURE * 10:.0f}", DEPLOY / unit]
        done = run_trusted([str(ANALYZE), *words], timeout=60)
        assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("unit", UNITS)
def test_they_call_minivod_with_settings_that_it_has(unit: str) -> None:
    program, *arguments = value(unit, "ExecStart").split()
    assert program == "/opt/minivod/bin/minivod"
    understood(arguments)
    given = dict(one.split("=", 1) for key, one in lines(unit) if key == "Environment")
    loaded = load(environment=given)
    assert loaded.data_dir == f"%S/{value(unit, 'StateDirectory')}"


def test_both_are_confined_alike() -> None:
    server, worker = ([one for one in lines(unit) if one[0] not in (*OWN, "Description")] for unit in UNITS)
    assert server == worker


@pytest.mark.parametrize("unit", UNITS)
def test_the_sandbox_has_what_it_needs(unit: str) -> None:
    """Namespaces and filters of its own, no end of all when one tool ends, and an orderly stop."""
    assert set(value(unit, "RestrictNamespaces").split()) == {"user", "net", "ipc"}
    assert {f"landlock_{call}" for call in ("create_ruleset", "add_rule", "restrict_self")} <= set(
        value(unit, "SystemCallFilter").split()
    )
    names = {name for name, _ in lines(unit)}
    assert not names & {"MemoryDenyWriteExecute", "ProcSubset", "PrivateNetwork", "PrivateUsers"}
    assert (value(unit, "OOMPolicy"), value(unit, "KillMode")) == ("continue", "mixed")
    assert float(value(unit, "TimeoutStopSec")) > Settings().worker_grace


def test_the_guide_names_them() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"../deploy/{unit}" in guide for unit in UNITS)
