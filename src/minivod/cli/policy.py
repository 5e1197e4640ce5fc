"""`minivod policy`: what findings mean for one application, in place of what the settings say."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer
from rich.table import Table

from minivod.cli.instance import with_database
from minivod.cli.options import fail, with_settings
from minivod.cli.who import AsJson, By, SubApp, chosen_application, print_table, user
from minivod.publishing import own_policies
from minivod.publishing.own_policies import Edit, PolicyError
from minivod.publishing.showing import plain
from minivod.review.own_policy import Consequence, OwnPolicy
from minivod.review.policy import Policy
from minivod.settings import Settings, SettingsError
from minivod.store import policies
from minivod.store.database import Database
from minivod.store.policies import PolicyRow

app = typer.Typer(no_args_is_help=True, help="What findings of reviews mean, for each application.")

Why = Annotated[str, typer.Option(help="Why it is changed.")]


@app.command()
@with_settings
def show(
    settings: Settings,
    sub_app: SubApp = None,
    history: Annotated[bool, typer.Option("--history", help="All changes, oldest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the policy of an application, and what of it is its own."""

    async def read(db: Database) -> tuple[int, OwnPolicy | None, list[PolicyRow]]:
        chosen = await chosen_application(db, sub_app)
        return chosen, await own_policies.current(db, chosen), await policies.history(db, chosen)

    chosen, own, rows = _asked(settings, read)
    if history:
        _print_history(rows, as_json=as_json)
        return
    base = Policy.make(settings.review_thresholds, settings.review_on_review, settings.review_on_uncovered)
    if as_json:
        typer.echo(json.dumps({"SubAppId": chosen, "Own": msgspec.to_builtins(own), "Policy": _effective(own, base)}))
        return
    _print(chosen, own, base)


@app.command("set")
@with_settings
def set_policy(
    settings: Settings,
    threshold: Annotated[
        list[str] | None,
        typer.Option(help="CATEGORY=REVIEW,BLOCK,EXTREME, or CATEGORY= for the settings' own; may be repeated."),
    ] = None,
    on_review: Annotated[str, typer.Option(help='What the grade "review" means: reject or pass.')] = "",
    on_uncovered: Annotated[str, typer.Option(help="What a type means that nothing looked for: reject, pass.")] = "",
    category: Annotated[
        list[str] | None, typer.Option(help="Look for this category, and only for those given; may be repeated.")
    ] = None,
    all_categories: Annotated[bool, typer.Option("--all-categories", help="Look for all categories again.")] = False,
    file: Annotated[
        Path | None, typer.Option(help="The whole policy as JSON, as `show --json` has it in Own.", dir_okay=False)
    ] = None,
    reason: Why = "",
    by: By = "",
    sub_app: SubApp = None,
) -> None:
    """Change the policy of an application; it holds for reviews that begin afterwards."""
    given: dict[str, Any] = {
        "thresholds": _thresholds(threshold or ()),
        "categories": category,
        "all_categories": all_categories,
        "on_review": on_review,
        "on_uncovered": on_uncovered,
    }
    for name in ("on_review", "on_uncovered"):
        if given[name] not in ("", *get_args(Consequence)):
            flag, choices = f"--{name.replace('_', '-')}", " or ".join(get_args(Consequence))
            raise fail(f"{flag} '{plain(given[name])}' must be {choices}", 2)
    if category and all_categories:
        raise fail("--category and --all-categories contradict each other; give one", 2)
    if not any(given.values()) and file is None:
        raise fail("nothing to set; `minivod policy set --help` shows what can be", 2)
    whole = _from_file(file) if file else None
    _change(settings, sub_app, lambda before: _edited(whole or before or OwnPolicy(), given), by, reason)


@app.command()
@with_settings
def reset(settings: Settings, reason: Why = "", by: By = "", sub_app: SubApp = None) -> None:
    """Take the policy of an application back: what the settings say holds again."""
    _change(settings, sub_app, lambda _: None, by, reason)


def _edited(policy: OwnPolicy, given: dict[str, Any]) -> OwnPolicy:
    thresholds = {**policy.thresholds, **given["thresholds"]}
    wanted = given["categories"] or (None if given["all_categories"] else policy.categories)
    return msgspec.convert(
        {
            "thresholds": {name: values for name, values in thresholds.items() if values is not None},
            "on_review": given["on_review"] or policy.on_review,
            "on_uncovered": given["on_uncovered"] or policy.on_uncovered,
            "categories": sorted(set(wanted)) if wanted is not None else None,
        },
        OwnPolicy,
    )


def _thresholds(texts: Sequence[str]) -> dict[str, list[float] | None]:
    found = [_threshold(text) for text in texts]
    names = [name for name, _ in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise fail(f"--threshold is given twice for '{plain(twice[0])}'; give one", 2)
    return dict(found)


def _threshold(text: str) -> tuple[str, list[float] | None]:
    category, equals, values = text.partition("=")
    try:
        return category, [float(value) for value in values.split(",")] if values else None if equals else [float(text)]
    except ValueError:
        raise fail(
            f"--threshold {plain(text)} must be CATEGORY=REVIEW,BLOCK,EXTREME, such as Porn=60,80,97", 2
        ) from None


def _from_file(path: Path) -> OwnPolicy:
    try:
        return msgspec.json.decode(path.read_bytes(), type=OwnPolicy)
    except OSError as error:
        raise fail(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise fail(f"{path} is no policy: {error}", 2) from None


def _change(settings: Settings, sub_app: int | None, edit: Edit, by: str, reason: str) -> None:
    async def work(db: Database) -> tuple[int, bool]:
        chosen = await chosen_application(db, sub_app)
        return chosen, await own_policies.change(db, chosen, edit, made_by=by or user(), reason=reason)

    chosen, changed = _asked(settings, work)
    typer.echo(f"the policy of application {chosen} is {'changed' if changed else 'as it was'}")
    if changed:
        typer.echo("what was decided stays; `minivod review again --dry-run` shows what would be decided now")


def _asked(settings: Settings, work: Any) -> Any:
    try:
        return with_database(settings, work)
    except (PolicyError, SettingsError) as error:
        raise fail(str(error), 2) from None


def _effective(own: OwnPolicy | None, base: Policy) -> dict[str, Any]:
    policy = own.over(base) if own else base
    wanted = own.categories if own and own.categories is not None else sorted(policy.thresholds)
    return {
        "thresholds": {name: list(policy.thresholds[name]) for name in wanted},
        "on_review": policy.on_review,
        "on_uncovered": policy.on_uncovered,
    }


def _print(chosen: int, own: OwnPolicy | None, base: Policy) -> None:
    effective = _effective(own, base)
    of_own = set(own.thresholds) if own else set()
    table = Table("category", "review", "block", "extreme", "from")
    for name in sorted(base.thresholds):
        limits = effective["thresholds"].get(name)
        numbers = [f"{limit:g}" for limit in limits] if limits else ["", "", ""]
        source = "not looked for" if not limits else "application" if name in of_own else "settings"
        table.add_row(name, *numbers, source)
    typer.echo(f"application {chosen}")
    print_table(table)
    for name in ("on_review", "on_uncovered"):
        consequence: Consequence | None = getattr(own, name, None)
        typer.echo(f"{name}: {effective[name]} ({'application' if consequence else 'settings'})")


def _print_history(rows: list[PolicyRow], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(rows)))
        return
    for row in rows:
        policy = json.dumps(row.policy, sort_keys=True) if row.policy is not None else "that of the settings"
        typer.echo(
            f"{row.version}  {row.made_at:%Y-%m-%dT%H:%M:%SZ}  {plain(row.made_by)}  {policy}  {plain(row.reason)}"
        )
