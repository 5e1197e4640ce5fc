"""`minivod review`: looks at what reviews decided, and overrules it; works while the server runs elsewhere."""

import base64
import json
import os
import webbrowser
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from minivod.cli import review_again, review_text, review_try
from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import SINCE, AsJson, By, check_application, moment, print_table, user
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing import word
from minivod.publishing.report import to_html
from minivod.publishing.showing import Shown, look, plain
from minivod.publishing.stills import stills
from minivod.publishing.word import CannotSay, Operator, Said
from minivod.settings import Settings
from minivod.store import review_list
from minivod.store.database import Database
from minivod.store.review_list import Page, Place, Query

app = typer.Typer(no_args_is_help=True, help="What reviews decided, and the operator's word on it.")


Reference = Annotated[str, typer.Argument(help="FileId of the video, or TaskId of its publication.", metavar="FILEID")]
SubApp = Annotated[int | None, typer.Option(help="Only in this application.")]
Reason = Annotated[str, typer.Option(help="Why; callers of the API are told.")]


class Decision(StrEnum):
    """States of publications, as they are typed."""

    passed = "pass"
    rejected = "rejected"
    failed = "failed"
    running = "running"


@app.command("list")
@with_settings
def list_reviews(
    settings: Settings,
    decision: Annotated[Decision | None, typer.Option(help="Only of that decision.")] = None,
    sub_app: SubApp = None,
    since: Annotated[str, typer.Option(help=f"Changed since {SINCE}.")] = "",
    borderline: Annotated[bool, typer.Option("--borderline", help="Only those that were close.")] = False,
    by_operator: Annotated[bool, typer.Option("--by-operator", help="Only those that a person decided.")] = False,
    limit: Annotated[int, typer.Option(help="Most rows of a page.", min=1, max=1000)] = 20,
    after: Annotated[str, typer.Option(help="The next page, as the page before it names it.")] = "",
    as_json: AsJson = False,
) -> None:
    """List publications with their reviews, newest change first."""
    query = Query(
        sub_app_id=sub_app,
        state=decision.value.upper() if decision else None,  # type: ignore[arg-type]  # its names are those of states
        since=moment(since) if since else None,
        borderline=borderline,
        by_operator=by_operator,
        start=_place(after) if after else None,
        limit=limit,
    )

    async def read(db: Database) -> Page:
        await check_application(db, sub_app)
        return await review_list.find_page(db, query)

    page = with_database(settings, read)
    if as_json:
        typer.echo(json.dumps({"Reviews": msgspec.to_builtins(page.items), "Next": _cursor(page)}))
        return
    _print_page(page)


@app.command()
@with_settings
def show(
    settings: Settings,
    reference: Reference,
    sub_app: SubApp = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures to this file.", dir_okay=False)] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open that page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a review: what was found and when, what was not looked for, and what operators said."""
    if open_page and html is None:
        raise fail("--open shows the page that --html FILE writes; give both", 2)

    async def read(db: Database) -> tuple[Shown, dict[int, bytes]]:
        shown = await look(db, *await _located(db, reference, sub_app))
        if shown is None:
            raise fail(f"nothing is known of '{plain(reference)}'")
        if html is None:
            return shown, {}
        objects, sandbox = Objects(settings.objects_url()), Sandbox.from_settings(settings)
        return shown, await stills(objects, sandbox, settings.data_dir, shown)

    shown, pictures = with_database(settings, read)
    if html is not None:
        _write(html, to_html(shown, pictures, datetime.now(UTC)))
        typer.echo(f"written: {html}", err=as_json)
        if open_page:
            webbrowser.open(html.absolute().as_uri())
    if as_json:
        typer.echo(json.dumps(shown.to_json()))
    elif html is None:
        for line in review_text.lines(shown):
            typer.echo(line)


@app.command()
@with_settings
def approve(
    settings: Settings,
    reference: Reference,
    reason: Reason,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Also what no review saw, because it stopped early.")
    ] = False,
    by: By = "",
    sub_app: SubApp = None,
) -> None:
    """Publish a rejected video, without another upload or review."""
    said = _say(settings, reference, sub_app, by, reason, partial(word.approve, unseen=unseen))
    if said.after == "RUNNING":
        typer.echo("approved; a task publishes it, because what was reviewed is not kept any more")
    elif said.before == "PASS":
        typer.echo("approved; it is published, and stays so")
    else:
        typer.echo("approved; it is published")


@app.command()
@with_settings
def reject(
    settings: Settings,
    reference: Reference,
    reason: Reason,
    kind: Annotated[list[str] | None, typer.Option("--type", help="For which Type; may be repeated.")] = None,
    by: By = "",
    sub_app: SubApp = None,
) -> None:
    """Withdraw a published video at once, and refuse to publish it again."""

    async def say(db: Database, sub_app_id: int, file_id: str, operator: Operator) -> Said:
        seconds = settings.withdrawn_lifetime()
        said = await word.reject(db, sub_app_id, file_id, operator, seconds=seconds, types=kind or ())
        return await _without_doomed(settings, said)

    said = _say(settings, reference, sub_app, by, reason, say)
    typer.echo("rejected; it is withdrawn" if said.before == "PASS" else "rejected; it will not be published")
    for twin in said.twins:
        typer.echo(f"published from the same bytes, and not rejected by this: {twin}")


@app.command()
@with_settings
def reset(settings: Settings, reference: Reference, reason: Reason, by: By = "", sub_app: SubApp = None) -> None:
    """Take an operator's word back: what the newest review decided holds again."""

    async def say(db: Database, sub_app_id: int, file_id: str, operator: Operator) -> Said:
        said = await word.reset(db, sub_app_id, file_id, operator, seconds=settings.withdrawn_lifetime())
        return await _without_doomed(settings, said)

    said = _say(settings, reference, sub_app, by, reason, say)
    typer.echo(f"no operator's word stands any more; the publication is {said.after or 'none'}")


app.command("again")(with_settings(review_again.again))
app.command("try-service")(with_settings(review_try.try_service))


def _say(settings: Settings, reference: str, sub_app: int | None, by: str, reason: str, say: Any) -> Said:
    """Has the word given; ends the program with a sentence when it cannot be, or when it stood already."""

    async def work(db: Database) -> Said:
        operator = Operator(name=by or user(), reason=reason)
        said: Said = await say(db, *await _located(db, reference, sub_app), operator)
        return said

    try:
        said = with_database(settings, work)
    except CannotSay as error:
        raise fail(str(error)) from None
    if said.decision is None:
        known = said.standing
        typer.echo(f"unchanged: {known.word} by {plain(known.made_by)}" if known else "unchanged: nobody said anything")
        raise typer.Exit
    return said


async def _without_doomed(settings: Settings, said: Said) -> Said:
    """What nobody refers to any more is deleted now, and not by the janitor in a minute: URLs may lead to it."""
    objects = Objects(settings.objects_url())
    for key in said.doomed:
        await objects.delete(key)
    return said


async def _located(db: Database, reference: str, sub_app: int | None) -> tuple[int, str]:
    found = await review_list.locate(db, reference, sub_app) if reference.isprintable() else None
    if found is None:
        where = f" in application {sub_app}" if sub_app is not None else ""
        raise fail(f"there is no video or publish task '{plain(reference)}'{where}")
    return found


def _cursor(page: Page) -> str | None:
    return base64.urlsafe_b64encode(msgspec.json.encode(page.next)).decode() if page.next else None


def _place(text: str) -> Place:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=Place)
    except (ValueError, msgspec.DecodeError):
        raise fail(
            f"--after takes what the page before it printed as its next page, not '{plain(text[:100])}'", 2
        ) from None


def _print_page(page: Page) -> None:
    table = Table("changed", "application", "FileId", "name", "decision", "operator", "why")
    for item in page.items:
        said = f"{item.word} by {item.made_by}" if item.word else ""
        decision = item.state if item.state != "PASS" else "pass"
        cells = (item.name, decision.lower(), said, item.message)
        table.add_row(
            f"{item.updated_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            str(item.sub_app_id),
            item.file_id,
            *(Text(plain(cell)) for cell in cells),
        )
    print_table(table)
    if cursor := _cursor(page):
        typer.echo(f"next page: --after {cursor}")


def _write(path: Path, text: str) -> None:
    """For its owner alone: what is on the page was withheld from everybody else."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
    except OSError as error:
        raise fail(f"{path} cannot be written: {error.strerror}") from None
