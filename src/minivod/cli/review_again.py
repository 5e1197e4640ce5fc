"""`minivod review again`: has workers review what is published anew, and shows what that changes."""

import asyncio
import json
import signal
import time
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from minivod.cli.instance import with_database
from minivod.cli.options import fail
from minivod.cli.who import SINCE, AsJson, By, check_application, moment, print_table, user
from minivod.publishing.again import CHANGES, parameters
from minivod.publishing.showing import plain
from minivod.publishing.word import CannotSay, Operator
from minivod.settings import Settings
from minivod.store import again as batches
from minivod.store.again import Wish
from minivod.store.database import Database
from minivod.store.tasks import Task

_POLL_SECONDS = 0.5
_PATIENCE = 30.0
"""Seconds after which no worker seems to be there that begins."""


class NoWorker(Exception):
    """Nobody begins with the reviews."""


def again(
    settings: Settings,
    since: Annotated[str, typer.Option(help=f"What was published since {SINCE}.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would change.")] = False,
    overrule_humans: Annotated[
        bool, typer.Option("--overrule-humans", help="Withdraw also what a person approved.")
    ] = False,
    sub_app: Annotated[int | None, typer.Option(help="Only of this application.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end, and show what came of it.")] = True,
    reason: Annotated[str, typer.Option(help="Why; it is written down.")] = "reviewed anew",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Review published videos anew: after a change of models, lists or policy."""
    start = moment(since)
    try:
        operator = Operator(name=by or user(), reason=reason)
    except CannotSay as error:
        raise fail(str(error), 2) from None
    told = parameters(operator, trial=dry_run, overrule=overrule_humans)

    async def work(db: Database) -> list[Task]:
        await check_application(db, sub_app)
        batch, number = await batches.begin(db, Wish(since=start, sub_app_id=sub_app, params=told))
        typer.echo(f"{number} videos are to be reviewed", err=True)
        if wait and number:
            await _until_ended(db, batch)
        return await batches.tasks_of(db, batch) if wait else []

    try:
        made = with_database(settings, work)
    except KeyboardInterrupt:
        raise fail("interrupted; the reviews go on", 128 + signal.SIGINT) from None
    except NoWorker:
        raise fail(f"no worker has begun within {_PATIENCE:.0f} s; the reviews wait for one") from None
    if wait:
        _tell(made, as_json=as_json, dry_run=dry_run)


async def _until_ended(db: Database, batch: str) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("reviewed"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    begun = time.monotonic()
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = bar.add_task("reviewed")
        while True:
            now = await batches.progress(db, batch)
            bar.update(shown, total=now.total, completed=now.ended)
            if now.ended == now.total:
                return
            if not now.begun and time.monotonic() - begun > _PATIENCE:
                raise NoWorker
            await asyncio.sleep(_POLL_SECONDS)


def _tell(made: list[Task], *, as_json: bool, dry_run: bool) -> None:
    rows = [(task, task.output or {"change": "gone", "decision": "", "message": task.message}) for task in made]
    if as_json:
        typer.echo(json.dumps({"DryRun": dry_run, "Reviews": [_row(task, output) for task, output in rows]}))
        return
    table = Table("application", "FileId", "now", "why")
    for task, output in rows:
        if output["change"] != "none":
            message = Text(plain(output["message"]))
            table.add_row(str(task.sub_app_id), task.file_id, CHANGES[output["change"]], message)
    if table.row_count:
        print_table(table)
    number = sum(output["change"] == "reject" for _, output in rows)
    typer.echo(f"{number} of {len(rows)} {'would be' if dry_run else 'are'} withdrawn")


def _row(task: Task, output: dict[str, Any]) -> dict[str, Any]:
    return {
        "SubAppId": task.sub_app_id,
        "FileId": task.file_id,
        "Change": output["change"],
        "Decision": output["decision"],
        "Message": output["message"],
        "FinishTime": msgspec.to_builtins(task.finished_at),
    }
