"""`minivod words`: what the word lists find in a text, why, and what it would lead to."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from minivod.cli.options import fail, with_settings
from minivod.review import words
from minivod.review.explain import Explanation, FoundPhrase, explain
from minivod.review.policy import Policy
from minivod.settings import Settings, SettingsError

MAX_TEXT_BYTES = 16 * 1024**2
SHOWN = 100
"""Phrases that are printed; `--json` has all."""

app = typer.Typer(no_args_is_help=True, help="The word lists.")


@app.callback()
def _group() -> None:
    """The word lists."""


@app.command("test")
@with_settings
def try_text(
    settings: Settings,
    text: Annotated[
        str | None, typer.Argument(help="The text; `-` or nothing: standard input, whose lines are lines of the text.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Tell what would be found in a text: by which list, why, how certain, and what it would lead to."""
    content = _standard_input() if text in (None, "-") else str(text)
    try:
        lists = words.load(Path(settings.word_lists_dir) if settings.word_lists_dir else None)
        policy = Policy.make(settings.review_thresholds, settings.review_on_review, settings.review_on_uncovered)
    except (words.WordListError, SettingsError) as error:
        raise fail(str(error), 2) from None
    found = explain(content, lists, policy)
    typer.echo(msgspec.json.encode(found).decode() if as_json else _told(found))


def _standard_input() -> str:
    if sys.stdin.isatty():
        raise fail("there is no text: give it as an argument, or on standard input", 2)
    content = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise fail(f"the text on standard input is larger than {MAX_TEXT_BYTES >> 20} MiB", 2)
    try:
        return content.decode("utf-8-sig").removesuffix("\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise fail(f"the text on standard input is not UTF-8 (line {line})", 2) from None


def _told(explanation: Explanation) -> str:
    shown = [_line(found) for found in explanation.found[:SHOWN]]
    if more := explanation.found[SHOWN:]:
        shown.append(f"and {len(more)} more")
    if not shown:
        return "nothing found"
    rows = ", ".join(f"{row.Type} {row.Suggestion}" for row in explanation.summary if row.Suggestion != "pass")
    return "\n".join([*shown, f"suggestion: {rows}", f"decision: {explanation.decision}"])


def _line(found: FoundPhrase) -> str:
    passage = found.passage.replace("\n", "\\n")
    undone = f"; undone: {', '.join(found.normalisations)}" if found.normalisations else ""
    certainty = found.certainty + (", offered" if found.offered else "")
    return (
        f'{found.category} "{found.phrase}" ({certainty}) at {found.start}–{found.end}: "{passage}"{undone}\n'
        f"    words: {' | '.join(found.tokens)}; entry {found.entry!r}, {found.listed}"
    )
