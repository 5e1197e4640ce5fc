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
STATIC = "/console/static"


def review(sub_app_id: int, file_id: str, part: str = "") -> str:
    """The page of a video's review, or a part of it."""
    return f"{REVIEW}/{sub_app_id}/{quote(file_id, safe='')}{part and '/'}{part}"


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
