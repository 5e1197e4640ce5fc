"""Addresses of the console's pages: the one place that builds them."""

from urllib.parse import quote, urlencode

HOME = "/console/"
LOGIN = "/console/login"
LOGOUT = "/console/logout"
LANGUAGE = "/console/language"
ACCOUNT = "/console/account"
MEDIA = "/console/media"
TASKS = "/console/tasks"
REVIEW = "/console/review"
APPS = "/console/apps"
KEYS = "/console/apps/keys"
EVENTS = "/console/events"
SIGNATURES = "/console/signatures"
TEMPLATES = "/console/templates"
STATIC = "/console/static"


def review(sub_app_id: int, file_id: str, part: str = "") -> str:
    """The page of a video's review, or a part of it."""
    return f"{REVIEW}/{sub_app_id}/{quote(file_id, safe='')}{part and '/'}{part}"


def app(sub_app_id: int) -> str:
    """The page of an application."""
    return f"{APPS}/{sub_app_id}"


def events(sub_app_id: int, **values: object) -> str:
    """The page of an application's events."""
    return with_query(EVENTS, app=sub_app_id, **values)


def events_of(sub_app_id: int) -> str:
    """Below which the parts of that page are."""
    return f"{EVENTS}/{sub_app_id}"


def event(sub_app_id: int, message_id: str) -> str:
    """The page of an event."""
    return f"{events_of(sub_app_id)}/event/{quote(message_id, safe='')}"


def templates(sub_app_id: int, kind: str) -> str:
    """The list of an application's templates of a kind."""
    return with_query(TEMPLATES, app=sub_app_id, kind=kind)


def templates_of(sub_app_id: int, kind: str) -> str:
    """Below which the templates of a kind are."""
    return f"{TEMPLATES}/{sub_app_id}/{kind}"


def template(sub_app_id: int, kind: str, definition: int) -> str:
    """The page of a template."""
    return f"{templates_of(sub_app_id, kind)}/{definition}"


def procedure(sub_app_id: int, name: str, part: str = "") -> str:
    """The page of a procedure, or a part of it."""
    return with_query(f"{TEMPLATES}/{sub_app_id}/procedure{part and '/'}{part}", name=name)


def media(sub_app_id: int, file_id: str, part: str = "") -> str:
    """The page of a video, or a part of it."""
    return f"{MEDIA}/{sub_app_id}/{quote(file_id, safe='')}{part and '/'}{part}"


def task(sub_app_id: int, task_id: str, part: str = "") -> str:
    """The page of a task, or a part of it."""
    return f"{TASKS}/{sub_app_id}/{quote(task_id, safe='')}{part and '/'}{part}"


def with_query(path: str, **values: object) -> str:
    """The address, which may have a query, with these values too; those that are empty are left out."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{path}{'&' if '?' in path else '?'}{urlencode(given)}" if given else path


def inside(path: str) -> str:
    """The path if it is a page of the console, else that of the first page: no request leads elsewhere."""
    return path if path.startswith(HOME) and path.isprintable() and "\\" not in path else HOME
