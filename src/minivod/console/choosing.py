"""For which application a page is: the one that is asked for, else the default one of the first account."""

from http import HTTPStatus

from minivod import ids
from minivod.console.visit import Refused, Visit
from minivod.store import accounts, application_list
from minivod.store.application_list import Named

_MOST_CHOICES = 200


async def chosen(visit: Visit) -> Named | None:
    """The application of the query's `app`; None: there is no account yet. Raises Refused for one that is not there."""
    asked = visit.asked("app")
    if not asked:
        first = await accounts.first_account(visit.db)
        return await application_list.name_of(visit.db, first) if first is not None else None
    if not ids.is_number(asked):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return await _found(visit, int(asked))


async def named(visit: Visit) -> Named:
    """The application of the path's `app`; raises Refused."""
    return await _found(visit, visit.number("app"))


async def _found(visit: Visit, sub_app_id: int) -> Named:
    one = await application_list.name_of(visit.db, sub_app_id)
    if one is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return one


async def choices(visit: Visit, one: Named) -> list[Named]:
    """Applications to choose from, that one among them."""
    found = await application_list.named(visit.db, None, _MOST_CHOICES)
    if all(other.sub_app_id != one.sub_app_id for other in found):
        found.append(one)
    return found
