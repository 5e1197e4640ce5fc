"""The benchmarks run and measure something; what they measure is not judged here. Those of a whole server: `e2e`."""

import asyncio
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import busy, clips, console, library, polls, processes, tenants, transcode, wire
from bench.load import LoadFailed, send
from bench.processes import below_seconds
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, Stage, open_stage

from ...waiting import eventually

PLAN = wire.Plan(rounds=2, requests={1: 10, 4: 40}, bare=2, warm_up=8)
BUSY = busy.Plan(rounds=1, requests={2: 10}, seconds=1, warm_up=8)
TENANTS = tenants.QUICK
LIBRARY = library.Plan(
    rounds=1, few=40, many=300, calls=4, warm_up=10, first=FIRST_FILE + PLAN.files + BUSY.files + TENANTS.files
)  # fmt: skip

CONSOLE = console.Plan(rounds=1, few=0, videos=40, calls=2, warm_up=1, first=FIRST_FILE + 10**6)


@pytest.fixture(scope="module")
def home(open_directory: Path) -> Path:
    home = open_directory / "bench"
    home.mkdir(mode=0o755)
    return home


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_stage(PLAN.files + BUSY.files + LIBRARY.few + TENANTS.files) as opened:
        yield opened


@pytest.fixture(scope="module")
def video(home: Path) -> Path:
    return clips.bunny(home, 1)


def test_wire(stage: Stage) -> None:
    results = wire.measure(stage, PLAN)
    again = stage.signer.request("WeChatMiniProgramPublish", {"FileId": str(FIRST_FILE)})
    refused = send(HOST, stage.api, [again], 1).answers[0]
    with pytest.raises(LoadFailed, match="is being published already"):
        wire.member(refused, "TaskId")
    with pytest.raises(LoadFailed, match="405 Method Not Allowed"):
        send(HOST, stage.api, [b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"], 1)
    assert set(results) == {(c, subject) for c in (1, 4) for subject in ("bare", "bare, logging", "publish", "read")}
    for figures in results.values():
        assert len(figures.rate) == 2
        assert all(0 < p50 <= p99 for p50, p99 in zip(figures.p50, figures.p99, strict=True))
    assert results[1, "bare"].ratio == pytest.approx([100, 100])  # a quotient: the last bit may differ
    table = [row.split("|") for row in wire.report(results, PLAN).markdown().splitlines() if row.startswith("|")]
    assert [cells[1].strip() for cells in table if cells[2].strip() == "publish"] == ["1", "4"]


def test_the_bare_command_is_the_worker_s(video: Path) -> None:
    command = asyncio.run(transcode.command_of(video, 20))
    made = video.parent / "made-20" / "output.mp4"
    served = made.read_bytes()
    made.unlink()
    assert command.run() > 0
    assert made.read_bytes() == served
    assert command.nice == 10
    with pytest.raises(subprocess.CalledProcessError):
        dataclasses.replace(command, argv=[command.argv[0], "-nothing"]).run()


def test_busy(stage: Stage, video: Path) -> None:
    found = busy.measure(stage, BUSY, FIRST_FILE + PLAN.files)
    assert set(found) == {(2, request, state) for request in ("publish", "read") for state in ("idle", "encoding")}
    assert all(0 < figures.p50[0] <= figures.p99[0] <= figures.most[0] for figures in found.values())
    rows = [row.split("|") for row in busy.report(found, BUSY).markdown().splitlines() if row.startswith("| 2 ")]
    assert [cells[3].strip() for cells in rows] == ["idle", "encoding"] * 2
    with pytest.raises(RuntimeError, match="the encoding ended"), busy.encoding(video.parent / "nothing"):
        pytest.fail("nothing can be encoded there")


def test_library(stage: Stage) -> None:
    library.fill(stage, LIBRARY)
    found = library.measure(stage, stage, LIBRARY)
    assert {kind for kind, _ in found} == {"publish", "describe 20", *library.SEARCHES}
    assert all(0 < figures.p50[0] <= figures.p99[0] for figures in found.values())
    rows = [row.split("|") for row in library.report(found, LIBRARY).markdown().splitlines() if row.startswith("| ")]
    assert [cells[2].strip() for cells in rows if cells[1].strip() == "publish"] == ["40", "300"]
    with pytest.raises(LoadFailed, match="is being published already"):
        library._send(stage, library._publications(stage, iter([LIBRARY.first]), 1), library.Figures())


def test_console(stage: Stage) -> None:
    console.fill(stage, CONSOLE)
    found = console.measure(stage, CONSOLE)
    assert set(found) == set(console.PAGES)
    assert all(0 < p50 <= p95 for figures in found.values() for p50, p95 in zip(figures.p50, figures.p95, strict=True))
    rows = [row for row in console.report(found, CONSOLE).markdown().splitlines() if row.startswith("| ")]
    assert len(rows) == len(console.PAGES) + 2
    with pytest.raises(LoadFailed, match="this is not the page"):
        console._send(stage, [b"GET /console/login HTTP/1.1\r\nHost: x\r\n\r\n"], library.Figures())


def test_polls(stage: Stage) -> None:
    plan = polls.Plan(polls=6, events=3, watch=0.1, settle=0.2)
    found = asyncio.run(polls.measure(stage, plan, 2))
    assert len(found.seconds) == 3 and 0 < found.percentile(0.5) <= found.percentile(1.0)
    [row] = [
        line.split("|") for line in polls.report({2: found}, plan).markdown().splitlines() if line.startswith("| 6 ")
    ]
    assert [cell.strip() for cell in row[1:3]] == ["6", "2"]


def test_tenants(stage: Stage) -> None:
    found = tenants.measure(stage, TENANTS, FIRST_FILE + PLAN.files + BUSY.files)
    assert {state for _, state in found.figures} == {tenants.ALONE, tenants.FLOODED}
    assert all(0 < p50 <= p99 for one in found.figures.values() for p50, p99 in zip(one.p50, one.p99, strict=True))
    place, of = found.place
    assert place <= 2 and of > TENANTS.queued  # one of the other's at most comes first, however many wait
    assert "WeChatMiniProgramPublish" in tenants.report(found, TENANTS).markdown()


def test_processes_of_a_tree() -> None:
    own = processes.tree(os.getpid())
    assert own[0] == os.getpid()
    memory_ = processes.memory_of(own[0])
    assert memory_ is not None
    assert 0 < memory_.private <= memory_.rss
    assert processes.cpu_seconds(own) > 0
    gone = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
    assert (processes.tree(gone), processes.memory_of(gone), processes.cpu_seconds([gone])) == ([gone], None, 0)


def test_processor_time_of_what_has_ended_counts_where_its_parent_lives() -> None:
    """As of decoders, whose fork server goes on."""
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7))']); input()"
    before = below_seconds()
    with subprocess.Popen([sys.executable, "-c", work], stdin=subprocess.PIPE) as parent:
        eventually("its child has worked", lambda: below_seconds() - before > 0.1)
        eventually("it has ended", lambda: not processes.tree(parent.pid)[1:])
        assert below_seconds() - before > 0.1
        parent.communicate(b"\n")
    assert below_seconds() - before > 0.1


def test_report() -> None:
    report = Report("Title", ["what", "value"], notes=["A note."])
    report.add("speed", spread([3.0, 1.0, 2.0], ".1f"))
    assert report.markdown().splitlines() == [
        "### Title",
        "",
        "| what  | value            |",
        "| ----- | ---------------- |",
        "| speed | 2.0 (1.0 to 3.0) |",
        "",
        "A note.",
    ]
    with pytest.raises(ValueError, match="1 cells for the columns what, value"):
        report.add("too few")
