"""`minivod review try-service`: asks a reviewer from outside once, and says what came of it."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from minivod.cli.options import fail
from minivod.media import frames
from minivod.media.probe import NotMedia
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.publishing.showing import plain
from minivod.review.chosen_services import services_of
from minivod.review.model import Image
from minivod.review.services import Batch, Judgement, Service, ServiceAway, Shown
from minivod.settings import Settings, SettingsError

_GREY = np.full((360, 640, 3), 128, np.uint8)
_TEXT = "minivod"
_SET_BY = {"http": "review_http_url", "wechat": "review_wechat_appid", "wechat-text": "review_wechat_openid"}
_REFUSED = "it refuses who asks: compare review_http_secret, which signs requests, with the secret that it knows"
_ADVICE = {
    "status 401": _REFUSED,
    "status 403": _REFUSED,
    "status 404": "there is nothing at the path of the URL",
    "status 405": "it takes no POST at this URL",
    "status 3": "redirects are not followed: give the URL that they lead to",
    "status 5": "it is broken, or something in front of it does not reach it",
    "certificate": "a certificate of your own is trusted when SSL_CERT_FILE names a file with its authority",
}
"""By what is in the reason."""


def try_service(
    settings: Settings,
    name: Annotated[str, typer.Argument(help=f"Which one: {', '.join(_SET_BY)}.")],
    text: Annotated[str, typer.Option(help="Text that counts as read in the picture.")] = _TEXT,
    picture: Annotated[
        Path | None, typer.Option(help="JPEG, PNG, WebP or GIF; a grey picture if not given.", dir_okay=False)
    ] = None,
) -> None:
    """Ask a reviewer from outside about a picture and a text, once, and say what it answers or what is wrong."""
    service = _chosen(settings, name)
    shown = Shown(0.0, _read(settings, picture) if picture else _GREY, text)
    begun = time.monotonic()
    try:
        told = asyncio.run(service.judge(Batch([shown])))
    except ServiceAway as error:
        typer.echo(f"✗ {name}, after {time.monotonic() - begun:.2f} s: {plain(error.reason)}")
        for part, advice in _ADVICE.items():
            if part in error.reason:
                typer.echo(f"    {advice}")
        raise typer.Exit(1) from None
    for line in _lines(name, told, time.monotonic() - begun):
        typer.echo(line)


def _chosen(settings: Settings, name: str) -> Service:
    try:
        found = {one.name: one for one in services_of(settings, once=True)}
    except SettingsError as error:
        raise fail(str(error), 2) from None
    if name in found:
        return found[name]
    if name in _SET_BY:
        raise fail(f"the service {name} is not set up: the setting {_SET_BY[name]} is empty", 2)
    raise fail(f"there is no service '{plain(name)}'; there are {', '.join(_SET_BY)}", 2)


def _read(settings: Settings, path: Path) -> Image:
    """The picture, decoded where nothing but it can be harmed."""
    try:
        with tempfile.TemporaryDirectory(prefix="minivod-") as place:
            copy = Path(shutil.copyfile(path, Path(place) / "picture"))
            return asyncio.run(frames.picture(Sandbox.from_settings(settings), copy)).image
    except OSError as error:
        raise fail(f"{path} cannot be read: {error.strerror}", 2) from None
    except (NotMedia, StepFailed) as error:
        raise fail(f"{path} cannot be decoded: {error}", 2) from None


def _lines(name: str, told: Judgement, seconds: float) -> list[str]:
    version = f" ({plain(told.version)})" if told.version else ""
    found = [f"    {one.category}, confidence {one.confidence:g}: {plain(one.label)}" for one in told.findings]
    return [f"✓ {name} answered in {seconds:.2f} s{version}: {'found' if found else 'nothing was found'}", *found]
