"""Runs the benchmarks and prints the tables of the README: `python -m bench [a] … [m] [--quick]`."""

import argparse
import time

from bench import busy, console, files, library, memory, polls, publish, review, speech, tenants, transcode, wire, words
from bench.report import machine
from minivod.__main__ import be_ended_by_signals

BENCHMARKS = {
    "a": wire,
    "b": publish,
    "c": memory,
    "d": review,
    "e": files,
    "f": words,
    "g": transcode,
    "h": busy,
    "i": speech,
    "j": library,
    "k": polls,
    "l": tenants,
    "m": console,
}


def main() -> None:
    """Runs what the command line names, and prints each table as soon as it is there."""
    be_ended_by_signals()
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures as in bench/README.md, as Markdown.")
    titles = "; ".join(module.TITLE for module in BENCHMARKS.values())
    parser.add_argument("which", nargs="*", metavar="|".join(BENCHMARKS), help=f"default all: {titles}")
    parser.add_argument("--quick", action="store_true", help="one short round: to see that it works, not for figures")
    chosen = parser.parse_args()
    if unknown := set(chosen.which) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(f"{time.strftime('%Y-%m-%d')}: {machine()}{'; --quick, worth nothing' if chosen.quick else ''}", flush=True)
    for name in chosen.which or BENCHMARKS:
        begun = time.monotonic()
        report = BENCHMARKS[name].run(quick=chosen.quick)
        print(f"\n{report.markdown()}\n\n({time.monotonic() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
