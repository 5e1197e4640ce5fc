"""`minivod events test`: tries a receiver with a test event, and says in words what is wrong with it."""

from typing import Annotated

import typer

from minivod.callbacks.sender import shown
from minivod.callbacks.trial import Trial
from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import SubApp, chosen_application
from minivod.clock import Clock
from minivod.egress import Egress
from minivod.settings import Settings
from minivod.store import event_configs
from minivod.store.database import Database
from minivod.webhooks import new_secret

_MARKS = {True: "✓", False: "✗", None: "!"}


@with_settings
def test(
    settings: Settings,
    url: Annotated[str, typer.Argument(help="The receiver; the NotificationUrl if not given.", metavar="[URL]")] = "",
    sub_app: SubApp = None,
) -> None:
    """Send a test event to a receiver, then two calls that it must refuse, and say what is wrong with it."""

    async def work(db: Database) -> bool:
        chosen = await chosen_application(db, sub_app)
        config = await event_configs.find(db, chosen)
        called = url or config.url
        if not called:
            raise fail(
                f"the application {chosen} has no NotificationUrl; set one by ModifyEventConfig, or give a URL", 2
            )
        valid = (await event_configs.secrets(db, chosen, new_secret())).valid
        typer.echo(f"application {chosen}, {shown(called)}")
        well = True
        async for found in Trial(Egress(settings), Clock(), settings.push_timeout).run(called, valid, config.sign_key):
            typer.echo(f"{_MARKS[found.well]} {found.words}" + (f"\n    {found.advice}" if found.advice else ""))
            well = well and found.well is not False
        return well

    if not with_database(settings, work):
        raise typer.Exit(1)
