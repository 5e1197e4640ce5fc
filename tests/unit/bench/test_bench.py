"""The benchmarks run and measure something; what they measure is not judged here."""

import os
from pathlib import Path

import pytest

from bench import memory, processes, wire
from bench.load import LoadFailed, send
from bench.report import Report, spread
from bench.stage import FIRST_FILE, HOST, open_stage

PLAN = wire.Plan(rounds=2, requests={1: 10, 4: 40}, bare=2, warm_up=8)


def test_wire() -> None:
    with open_stage(PLAN.files) as stage:
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


def test_memory() -> None:
    lines = memory.run(quick=True).markdown().splitlines()
    table = {cells[1]: cells[2:6] for line in lines if len(cells := [cell.strip() for cell in line.split("|")]) == 7}
    assert {"supervisor", "API", "worker", "PostgreSQL", "**all**"} <= set(table)
    assert "other" not in table
    for role in ("supervisor", "API", "worker"):
        processes_, pss, rss, private = map(int, table[role])
        assert processes_ == 1
        assert 0 < private <= pss <= rss


def test_processes_of_a_tree() -> None:
    own = processes.tree(os.getpid())
    assert own[0] == os.getpid()
    memory_ = processes.memory_of(own[0])
    assert memory_ is not None
    assert 0 < memory_.private <= memory_.rss
    assert processes.cpu_seconds(own) > 0
    gone = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
    assert (processes.tree(gone), processes.memory_of(gone), processes.cpu_seconds([gone])) == ([gone], None, 0)


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
