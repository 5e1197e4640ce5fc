"""The pages that the head of every page leads to: a row for each, in the order in which they stand there."""

from typing import NamedTuple

from minivod.console import paths
from minivod.store.console_users import Role


class Row(NamedTuple):
    """A page: its address, below which its parts are; the key of its name; and the least role that is shown it."""

    path: str
    key: str
    role: Role = "viewer"


NAVIGATION = (
    Row(paths.HOME, "nav.overview"),
    Row(paths.MEDIA, "nav.media"),
    Row(paths.TASKS, "nav.tasks"),
    Row(paths.REVIEW, "nav.review"),
    Row(paths.TEMPLATES, "nav.templates"),
    Row(paths.APPS, "nav.apps"),
    Row(paths.EVENTS, "nav.events"),
    Row(paths.SIGNATURES, "nav.signatures", "admin"),
)
