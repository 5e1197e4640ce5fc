"""`minivod demo`: the command; what it does is in `demo`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from minivod import proxies
from minivod.cli.options import fail


def demo(
    video: Annotated[
        Path | None,
        typer.Argument(
            help=escape("MP4 or 3GP to use; a short clip that comes with minivod[demo] if not given."), dir_okay=False
        ),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Leave the server running; print how to call it, its console and a page with the video."
        ),
    ] = False,
) -> None:
    """Upload, publish, review and play a real video, and see one with forbidden text refused."""
    try:
        from minivod.cli.demo import run_demo  # the other commands need not load the SDKs
    except ImportError as error:
        raise fail(f"{error.name} is not installed: pip install 'minivod[demo]'") from None
    proxies.forget()
    if video is not None and not video.is_file():
        raise fail(f"there is no file {video}", 2)
    raise typer.Exit(run_demo(video, keep=keep, console=Console()))
