"""Procedures of an application: what is done with a video under a name; made, changed, copied and deleted."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from minivod.actions.procedure_shapes import LONGEST_NAME
from minivod.console import choosing, fields, paths
from minivod.console.fields import Choices, Layout
from minivod.console.pages.templates import PROCEDURES
from minivod.console.summary import groups
from minivod.console.visit import Refused, Visit
from minivod.errors import InvalidParameterValue, WireError
from minivod.processing import procedures
from minivod.processing.plan import SETS
from minivod.processing.procedures import Procedure, stored
from minivod.store import console_changes
from minivod.store.application_list import Named
from minivod.templates import catalog
from minivod.templates.kinds import TRANSCODE, WATERMARK
from minivod.wire.process_inputs import MediaProcessTaskInput

_CHANGES = 20
_TASK = "MediaProcessTask"


class _Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure as a form has it; members as the actions have them."""

    MediaProcessTask: MediaProcessTaskInput
    SourceDefinition: int | None = None


async def details(visit: Visit) -> Response:
    """What a procedure does."""
    one = await choosing.named(visit)
    return await _details(visit, one, await _found(visit, one, visit.asked("name")))


async def _found(visit: Visit, one: Named, name: str) -> Procedure:
    found = await procedures.find(visit.db, one.sub_app_id, name) if name.isprintable() else None
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return found


async def _details(
    visit: Visit, one: Named, procedure: Procedure, status: HTTPStatus = HTTPStatus.OK, error: str = ""
) -> Response:
    return visit.page(
        "procedure.html",
        status,
        one=one,
        procedure=procedure,
        groups=groups(stored(procedure.task)),
        changes=await console_changes.history(visit.db, one.sub_app_id, _about(procedure.name), _CHANGES),
        error=error,
    )


def _about(name: str) -> str:
    return f"Procedure {name}"


async def new(visit: Visit) -> Response:
    """The form for a procedure, empty or filled in as another one is."""
    one, source = await choosing.named(visit), visit.asked("from")
    if not source:
        return await _form(visit, one, {})
    procedure = await _found(visit, one, source)
    return await _form(visit, one, _values(procedure) | {"Name": procedure.name[:LONGEST_NAME]})


async def edit(visit: Visit) -> Response:
    """The form for what one of the application's own does."""
    one = await choosing.named(visit)
    procedure = await _found(visit, one, visit.asked("name"))
    if procedure.preset:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return await _form(visit, one, _values(procedure), procedure.name)


def _values(procedure: Procedure) -> dict[str, Any]:
    return {
        "Name": procedure.name,
        "Comment": procedure.comment,
        _TASK: stored(procedure.task),
        "SourceDefinition": procedure.publish,
    }


async def _form(
    visit: Visit, one: Named, values: Mapping[str, Any], name: str = "", status: HTTPStatus = HTTPStatus.OK,
    error: str = "",
) -> Response:  # fmt: skip
    base = f"{paths.TEMPLATES}/{one.sub_app_id}/procedure"
    return visit.page(
        "template_form.html",
        status,
        one=one,
        back=paths.procedure(one.sub_app_id, name) if name else paths.templates(one.sub_app_id, PROCEDURES),
        action=f"{base}/change" if name else base,
        title="templates.edit" if name else "templates.new",
        heading=name or visit.text("kind.Procedures"),
        name=values.get("Name", ""),
        comment=values.get("Comment", ""),
        longest_name=LONGEST_NAME,
        name_locked=bool(name),
        items=fields.items(_Whole, values, Layout(await _choices(visit, one))),
        error=error,
        copied="",
        takes_file=False,
    )


async def _choices(visit: Visit, one: Named) -> Choices:
    """Templates by the path of the field that names one."""

    async def named(kind: Any) -> list[tuple[str, str]]:
        found = await catalog.available(visit.db, one.sub_app_id, kind)
        return [(str(each.definition), f"{each.definition} · {each.name}") for each in found]

    marks = await named(WATERMARK)
    known: dict[str, Sequence[tuple[str, str]]] = {}
    for member, (_, kind) in SETS.items():
        known[f"{_TASK}.{member}.Definition"] = await named(kind)
        known[f"{_TASK}.{member}.WatermarkSet.Definition"] = marks
    original = ("0", visit.text("procedures.original"))
    known["SourceDefinition"] = [original, *await named(TRANSCODE)]
    return lambda path: known.get(path, ())


async def create(visit: Visit) -> Response:
    """Makes a procedure."""
    return await _save(visit, "CreateProcedureTemplate", visit.form.one("Name").strip())


async def change(visit: Visit) -> Response:
    """Replaces what a procedure does."""
    one = await choosing.named(visit)
    procedure = await _found(visit, one, visit.form.one("Name"))
    return await _save(visit, "ResetProcedureTemplate", procedure.name, changes=True)


async def _save(visit: Visit, action: str, name: str, *, changes: bool = False) -> Response:
    one, form = await choosing.named(visit), visit.form
    said, own = {"Name": name, "Comment": form.one("Comment").strip()}, name if changes else ""
    try:
        tree = fields.read(_Whole, form)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form") from None
    if form.one("add") or form.one("remove"):
        return await _form(visit, one, fields.changed(tree, form) | said, own)
    parameters = {name: value for name, value in tree.items() if name == _TASK} | said
    if "SourceDefinition" in tree:
        parameters["MiniProgramPublishTask"] = {"SourceDefinition": tree["SourceDefinition"]}
    try:
        await visit.call(one.sub_app_id, action, parameters, about=_about(name), text=True)
    except WireError as error:
        return await _form(visit, one, tree | said, own, HTTPStatus.CONFLICT, error.message)
    return visit.go(paths.with_query(paths.procedure(one.sub_app_id, name), said="saved"))


async def delete(visit: Visit) -> Response:
    """Deletes a procedure."""
    one = await choosing.named(visit)
    procedure = await _found(visit, one, visit.form.one("Name"))
    try:
        await visit.call(
            one.sub_app_id, "DeleteProcedureTemplate", {"Name": procedure.name}, about=_about(procedure.name)
        )  # fmt: skip
    except InvalidParameterValue as error:  # a preset
        return await _details(visit, one, procedure, HTTPStatus.CONFLICT, error.message)
    return visit.go(paths.with_query(paths.templates(one.sub_app_id, PROCEDURES), said="deleted"))
