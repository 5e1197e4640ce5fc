"""Prepares the database in a process that ends: the migration library shall not stay in a long-lived one's memory."""

import os
import sys

import msgspec

from minivod.cli.options import fail
from minivod.media.sandbox import StepFailed, run_trusted
from minivod.settings import ENVIRONMENT_PREFIX, Settings, to_environment

_SECONDS = 600.0
_CONNECT_SECONDS = "15"


class FirstKey(msgspec.Struct, frozen=True):
    """The key of a new database's first account."""

    app_id: int
    secret_id: str
    secret_key: str


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a program of ours: these settings, resolved, and what else this process has.

    Secrets travel here and not in arguments, which everybody on the machine can see.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    return {**others, **to_environment(settings)}


def upgrade(settings: Settings) -> None:
    """Brings the schema up to date; ends this program with a sentence when that fails."""
    _run("upgrade", settings)


def upgrade_and_make_first_key(settings: Settings) -> FirstKey | None:
    """Like `upgrade`, after a check of all settings; the key of the first account if it was made now."""
    return msgspec.json.decode(_run("prepare", settings), type=FirstKey | None)


def _run(step: str, settings: Settings) -> bytes:
    env = {"PGCONNECT_TIMEOUT": _CONNECT_SECONDS, **environment(settings)}
    try:
        done = run_trusted([sys.executable, "-m", "minivod", "db", step], timeout=_SECONDS, env=env)
    except StepFailed as error:
        raise fail(f"the database could not be upgraded: {error}") from None
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()
        raise fail(words.removeprefix("minivod: ")[-2000:] or "the database could not be upgraded", done.returncode)
    return done.stdout
