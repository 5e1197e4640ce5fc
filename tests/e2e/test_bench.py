"""The benchmarks of a whole server run and measure something; what they measure is not judged here."""

from pathlib import Path

import pytest

from bench import clips, memory, transcode
from minivod.cli.local_server import LocalServer

from .user import call


def test_memory(server: LocalServer) -> None:
    lines = memory.of(server).markdown().splitlines()
    table = {cells[1]: cells[2:6] for line in lines if len(cells := [cell.strip() for cell in line.split("|")]) == 7}
    assert {"supervisor", "API", "worker", "PostgreSQL", "**all**"} <= set(table)
    assert "other" not in table
    for role in ("supervisor", "API", "worker"):
        processes_, pss, rss, private = map(int, table[role])
        assert processes_ == 1
        assert 0 < private <= pss <= rss


def test_transcode(server: LocalServer, home: Path) -> None:
    pairs = transcode.measure(server, clips.bunny(home, 1), 10, rounds=1)
    assert len(pairs.bare) == len(pairs.served) == len(pairs.steps) == 1
    assert pairs.ratios == [served / bare for served, bare in zip(pairs.served, pairs.bare, strict=True)]
    for seconds, steps in zip(pairs.served, pairs.steps, strict=True):
        assert set(steps) == {"waited", "fetch", "probe", "make", "conclude", "event"}
        assert sum(steps.values()) == pytest.approx(seconds)
        assert 0 < steps["make"] < seconds
    [row] = [row for row in transcode.report({(5, 10): pairs}).markdown().splitlines() if row.startswith("| 5 s ")]
    assert "≤ 1.10" in row
    for media in call(server, "SearchMedia", Names=["bunny"]).MediaInfoSet:
        call(server, "DeleteMedia", FileId=media.FileId)
