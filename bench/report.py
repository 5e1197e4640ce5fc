"""What a benchmark found out: tables in Markdown, and the machine that they were measured on."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Report:
    """A titled table with notes; cells are text."""

    title: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Appends a row."""
        if len(cells) != len(self.columns):
            raise ValueError(f"{len(cells)} cells for the columns {', '.join(self.columns)}")
        self.rows.append(list(cells))

    def markdown(self) -> str:
        """The report as it stands in the README."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        ruler = ["-" * width for width in widths]
        table = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in (self.columns, ruler, *self.rows)
        ]
        return "\n".join([f"### {self.title}", "", *table, *(["", *self.notes] if self.notes else [])])


def spread(values: Sequence[float], form: str = ".0f") -> str:
    """The median of the rounds, and between which values they were."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:{form}} ({least:{form}} to {most:{form}})"


def machine() -> str:
    """Cores, processor, kernel and Python, in one line."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    load = os.getloadavg()[0]
    return (
        f"{len(os.sched_getaffinity(0))} cores ({names[0] if names else platform.machine()}), "
        f"Linux {platform.release()}, Python {platform.python_version()}; load before the start {load:.1f}"
    )
