"""`minivod events`: looks at events and their callbacks, sends them again, and helps with building a receiver."""

import json
from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from minivod.callbacks.sender import shown
from minivod.cli import events_follow, events_trial
from minivod.cli.instance import with_database
from minivod.cli.options import fail, finite, with_settings
from minivod.cli.who import SINCE, AsJson, SubApp, chosen_application, moment, print_table
from minivod.publishing.showing import plain
from minivod.settings import Settings
from minivod.shapes import wire_time
from minivod.store import event_configs, event_log
from minivod.store.database import Database
from minivod.store.event_configs import PULL, EventConfig, Secrets
from minivod.store.event_log import Delivery, LoggedCall, Wish
from minivod.webhooks import new_secret

app = typer.Typer(no_args_is_help=True, help="Events, and the callbacks that tell of them.")
app.command()(events_follow.tail)
app.command()(events_follow.forward)
app.command("test")(events_trial.test)

STATES = ("waiting", "delivered", "failed", "pull", "confirmed")


@app.command("list")
@with_settings
def list_events(
    settings: Settings,
    event: Annotated[str, typer.Argument(help="Id of an event (evt_…): show all its calls.", metavar="[ID]")] = "",
    state: Annotated[str, typer.Option(help=f"Only events of that state: {', '.join(STATES)}.")] = "",
    limit: Annotated[int, typer.Option(help="Most events that are shown.", min=1, max=1000)] = 20,
    sub_app: SubApp = None,
    as_json: AsJson = False,
) -> None:
    """List the newest events with what came of their callbacks, or all calls of one event."""
    if state and state not in STATES:
        raise fail(f"--state {plain(state)} must be one of {', '.join(STATES)}", 2)
    if event:
        _list_calls(settings, event, sub_app, as_json=as_json)
        return

    async def read(db: Database) -> tuple[int, EventConfig, str, list[Delivery]]:
        chosen = await chosen_application(db, sub_app)
        found = await event_log.recent(db, chosen, limit=limit, state=state.upper())
        return chosen, await event_configs.find(db, chosen), await event_configs.silence(db, chosen), found

    chosen, config, silent, found = with_database(settings, read)
    said = told(config, silent)
    if as_json:
        typer.echo(json.dumps({"SubAppId": chosen, "State": said, "Events": msgspec.to_builtins(found)}))
        return
    typer.echo(f"application {chosen}: {said}")
    table = Table("id", "event", "of", "since", "state", "calls", "last answer", "next call")
    for one in found:
        next_call = wire_time(one.due_at) if config.url else ""
        table.add_row(
            one.message_id, one.kind, Text(plain(one.subject)), wire_time(one.created_at), one.state.lower(),
            str(one.calls), Text(_answer(one)), next_call,
        )  # fmt: skip
    print_table(table)


def told(config: EventConfig, silent: str = "") -> str:
    """How an application is told of its events, in a sentence; `silent`: why nothing is sent now."""
    if config.mode == PULL:
        return "its events are pulled (PullEvents)"
    if config.gone_at is not None:
        return (
            f"CALLBACKS STOPPED: {shown(config.gone_url)} answered 410 at {wire_time(config.gone_at)}; events wait, "
            "and are sent when ModifyEventConfig sets a NotificationUrl"
        )
    if not config.url:
        return "its events wait for a NotificationUrl, which ModifyEventConfig sets"
    failing = "; the last call failed, so one is made at a time" if config.failing else ""
    if silent:
        return f"its events wait, because {silent}; they go to {shown(config.url)}"
    return f"its events are sent to {shown(config.url)}{failing}"


def _answer(one: Delivery | LoggedCall) -> str:
    if one.status is None and not one.words:
        return ""
    took = f" ({one.seconds:.2f} s)" if one.seconds is not None else ""
    return f"{plain(one.words) if one.words else one.status}{took}"


def _list_calls(settings: Settings, event: str, sub_app: int | None, *, as_json: bool) -> None:
    async def read(db: Database) -> list[LoggedCall] | None:
        return await event_log.calls(db, await chosen_application(db, sub_app), event)

    found = with_database(settings, read)
    if found is None:
        raise fail(f"there is no event {plain(event)} in this application; `minivod events list` shows the newest")
    if as_json:
        typer.echo(json.dumps({"Calls": msgspec.to_builtins(found)}))
        return
    table = Table("at", "URL", "answer")
    for one in found:
        table.add_row(wire_time(one.made_at), Text(one.url), Text(_answer(one)))
    print_table(table)


@app.command()
@with_settings
def replay(
    settings: Settings,
    event: Annotated[list[str] | None, typer.Argument(help="Ids of events (evt_…).", metavar="[ID]…")] = None,
    since: Annotated[str, typer.Option(help=f"All events since {SINCE}.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="Of these, only those that were given up.")] = False,
    sub_app: SubApp = None,
) -> None:
    """Send events again, with the webhook-id that they had; where events are pulled, they come again."""
    if bool(event) == bool(since):
        raise fail("name the events by their ids, or by --since, and not by both", 2)
    start = moment(since) if since else None

    async def work(db: Database) -> tuple[int, EventConfig]:
        chosen = await chosen_application(db, sub_app)
        wish = Wish(sub_app_id=chosen, message_ids=event or [], since=start, only_failed=failed)
        return await event_log.replay(db, wish), await event_configs.find(db, chosen)

    number, config = with_database(settings, work)
    left = len(set(event or ())) - number
    again = "come again by PullEvents" if config.mode == PULL else "are sent again"
    typer.echo(f"{number} events {again}")
    if config.mode != PULL and not config.url:
        typer.echo(told(config))
    if left > 0 and event:
        raise fail(
            f"{left} of the ids are of no event of this application that can be told again{_why(config, failed)}"
        )


def _why(config: EventConfig, failed: bool) -> str:
    if failed:
        return "; --failed leaves out what was not given up"
    return "; PullEvents gives events for four days" if config.mode == PULL else ""


@app.command()
@with_settings
def secret(
    settings: Settings,
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new one; the old one signs too for a time.")] = False,
    overlap: Annotated[
        float,
        typer.Option(help="Hours for which the old one signs too; 0: not at all.", min=0, max=8784, callback=finite),
    ] = 24.0,
    sub_app: SubApp = None,
) -> None:
    """Print the secret with which a receiver verifies webhook-signature."""

    async def work(db: Database) -> Secrets:
        chosen = await chosen_application(db, sub_app)
        if rotate:
            return await event_configs.rotate(db, chosen, new_secret(), timedelta(hours=overlap))
        return await event_configs.secrets(db, chosen, new_secret())

    found = with_database(settings, work)
    typer.echo(found.secret)
    if found.old_secret and found.old_until:
        typer.echo(f"the one before signs too until {wire_time(found.old_until)}", err=True)
