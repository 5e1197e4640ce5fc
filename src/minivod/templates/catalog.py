"""The templates that an application can use: the presets, and its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic

import msgspec

from minivod.store import templates
from minivod.store.database import Database
from minivod.store.templates import TemplateRow
from minivod.templates.kind import Kind, SettingsT


class Template(msgspec.Struct, Generic[SettingsT], frozen=True, kw_only=True):
    """A preset or an application's own.

    `settings` are all that a task has to keep: `msgspec.to_builtins` makes JSON values of them, and `Kind.read`
    the settings again, whatever became of the template. A preset has no times.
    """

    definition: int
    name: str
    comment: str
    preset: bool
    settings: SettingsT
    object_key: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


async def find(
    db: Database, sub_app_id: int, kind: Kind[SettingsT], definitions: Sequence[int]
) -> dict[int, Template[SettingsT]]:
    """Those of the templates that exist for the application, by definition."""
    return {one.definition: one for one in await available(db, sub_app_id, kind, definitions)}


async def available(
    db: Database, sub_app_id: int, kind: Kind[SettingsT], definitions: Sequence[int] | None = None
) -> list[Template[SettingsT]]:
    """Presets and the application's own, by definition; `definitions`: only these."""
    presets = [
        Template(definition=number, name=one.name, comment=one.comment, preset=True, settings=one.settings)
        for number, one in kind.presets.items()
        if definitions is None or number in definitions
    ]
    rows = await templates.find(db, sub_app_id, kind.name, definitions)
    return sorted([*presets, *(_own(kind, row) for row in rows)], key=lambda one: one.definition)


def _own(kind: Kind[SettingsT], row: TemplateRow) -> Template[SettingsT]:
    return Template(
        definition=row.definition,
        name=row.name,
        comment=row.comment,
        preset=False,
        settings=kind.read(row.body),
        object_key=row.object_key,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
