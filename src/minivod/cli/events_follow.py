"""`minivod events tail` and `forward`: events as they come, printed or posted to a local program, none consumed."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer

from minivod.callbacks.sender import Sender, shown
from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import SINCE, AsJson, SubApp, chosen_application, moment
from minivod.clock import Clock
from minivod.destinations import BadUrl
from minivod.egress import Egress
from minivod.publishing.showing import plain
from minivod.settings import Settings
from minivod.shapes import wire_time
from minivod.store import event_configs, event_log
from minivod.store.database import Database
from minivod.store.event_log import Told
from minivod.webhooks import new_secret
from minivod.wire.events import content

_POLL_SECONDS = 0.3
_WINDOW = timedelta(seconds=60)
"""For which an event may come after younger ones: it is told when its transaction ends."""
_LOOPBACK = ("127.0.0.0/8", "::1/128")

Since = Annotated[str, typer.Option(help=f"Begin with events since {SINCE}; default: with the next one.")]
Number = Annotated[int, typer.Option(help="End after so many events; 0: go on until Ctrl-C.", min=0)]


@with_settings
def tail(
    settings: Settings,
    sub_app: Annotated[int | None, typer.Option(help="Only of this application.")] = None,
    since: Since = "",
    number: Number = 0,
    as_json: AsJson = False,
) -> None:
    """Print events as they come, of all applications; whoever pulls or is called gets them all the same."""
    start = moment(since) if since else None

    async def work(db: Database) -> None:
        chosen = await chosen_application(db, sub_app) if sub_app is not None else None
        async for told in follow(db, chosen, start, number):
            typer.echo(_line(told, as_json=as_json))

    _until_interrupted(settings, work)


@with_settings
def forward(
    settings: Settings,
    url: Annotated[str, typer.Argument(help="Where a receiver listens, such as http://localhost:3000/events.")],
    sub_app: SubApp = None,
    since: Since = "",
    number: Number = 0,
) -> None:
    """Post events to a program of this machine as they come, as callbacks would be; for development."""
    networks = [*settings.egress_networks, *_LOOPBACK]
    egress = Egress(msgspec.structs.replace(settings, egress_networks=networks, egress_ports=["1-65535"]))
    try:
        egress.destinations.read(url)
    except BadUrl as error:
        raise fail(f"the URL {error}", 2) from None
    start = moment(since) if since else None

    async def work(db: Database) -> None:
        chosen = await chosen_application(db, sub_app)
        sender = Sender(egress, Clock(), settings.push_timeout, settings.language)
        typer.echo(f"events of application {chosen} go to {shown(url)}; Ctrl-C ends it", err=True)
        async for told in follow(db, chosen, start, number):
            valid = (await event_configs.secrets(db, chosen, new_secret())).valid
            key = (await event_configs.find(db, chosen)).sign_key
            outcome = await sender.send(url, told.message_id, content(told.kind, told.payload), valid, key)
            took = f"{outcome.seconds * 1000:.0f} ms"
            typer.echo(f"{_head(told)}  {outcome.words or outcome.status}  {took}")

    _until_interrupted(settings, work)


async def follow(db: Database, sub_app: int | None, start: datetime | None, number: int = 0) -> AsyncIterator[Told]:
    """Events as they come, each once, for ever or until there were `number` of them.

    Args:
        db: the database.
        sub_app: of one application, or of all.
        start: with events since then; None: since now.
        number: 0 for ever.
    """
    begun = start or await event_log.now(db)
    seen: dict[int, datetime] = {}
    given = 0
    while True:
        for told in await event_log.since(db, begun, sub_app, besides=list(seen)):
            seen[told.event_id] = told.created_at
            yield told
            given += 1
            if given == number:
                return
        begun = max(begun, await event_log.now(db) - _WINDOW)
        seen = {event: created for event, created in seen.items() if created >= begun}
        await asyncio.sleep(_POLL_SECONDS)


def _until_interrupted(settings: Settings, work: Any) -> None:
    try:
        with_database(settings, work)
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


def _head(told: Told) -> str:
    return f"{wire_time(told.created_at)}  {told.message_id}  {told.kind}"


def _line(told: Told, *, as_json: bool) -> str:
    event = content(told.kind, told.payload)
    if as_json:
        line = {"Time": wire_time(told.created_at), "Id": told.message_id, "SubAppId": told.sub_app_id, "Event": event}
        return json.dumps(line, ensure_ascii=False)
    return f"{_head(told)}  {told.sub_app_id}  {plain(json.dumps(event, ensure_ascii=False))}"
