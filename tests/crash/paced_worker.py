"""`minivod worker` with one detector that a test can hold, so that an attempt lasts and costs no processor time.

A file says how many seconds it looks at a sample, `hold`: as long as the file says so, or `freeze`: nothing else in
the process runs any more. A file beside it says that the process looks at one. Everything else is the real worker.
"""

import asyncio
import ctypes
import os
import time
from collections.abc import Sequence
from pathlib import Path

from minivod import lean, logs  # noqa: F401 - lean before all that logs, as in the real one
from minivod.jobs import worker
from minivod.review.detectors import DetectorConfig, DetectorSet, make_detectors
from minivod.review.model import Finding, Sample
from minivod.settings_sources import load

PACE = "PACE_FILE"


def look_of(pace: Path, pid: int) -> Path:
    """What is there once the detector of that process has a sample before it."""
    return pace.with_name(f"look-{pid}")


class Paced:
    """Finds nothing, slowly."""

    name = "paced"
    categories = frozenset({"Terrorism"})

    def __init__(self, config: DetectorConfig) -> None:
        self._pace = Path(os.environ[PACE])

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        look_of(self._pace, os.getpid()).touch()
        while (text := self._pace.read_text(encoding="ascii")) == "hold":
            time.sleep(0.02)
        if text == "freeze":
            ctypes.PyDLL(None).sleep(3600)  # keeps the interpreter's lock
        time.sleep(float(text))
        return []


def _paced(config: DetectorConfig) -> DetectorSet:
    return make_detectors([("paced", lambda: Paced)], config)


if __name__ == "__main__":
    logs.configure("info", "json")
    worker.load_detectors = _paced  # type: ignore[attr-defined]
    asyncio.run(worker.run(load()))
