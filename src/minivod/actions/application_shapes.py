"""What the actions on applications share: tags, and what names and descriptions may be."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from minivod import errors
from minivod.actions.names import check_line
from minivod.errors import shorten

_LONGEST = 40
AppName = Annotated[str, Meta(min_length=1, max_length=_LONGEST)]
AppDescription = Annotated[str, Meta(max_length=300)]
VALUE_ERRORS = {"SubAppId": errors.InvalidSubAppId}


class ResourceTag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tag; bounds as those of the reference's service for tags."""

    TagKey: Annotated[str, Meta(min_length=1, max_length=127)]
    TagValue: Annotated[str, Meta(max_length=255)]


AppTags = Annotated[list[ResourceTag], Meta(max_length=50)]


def check_name(name: str) -> None:
    """Raises InvalidParameterValue for a name that nobody could see, or that breaks a list of names."""
    check_line("Name", name, _LONGEST, errors.InvalidParameterValue)


def stored(tags: list[ResourceTag]) -> list[dict[str, Any]]:
    """The tags as a row keeps them; raises InvalidParameterValue when two have the same key."""
    keys = [tag.TagKey for tag in tags]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise errors.InvalidParameterValue(f"Tags has the TagKey {shorten(twice)} more than once")
    return [msgspec.to_builtins(tag) for tag in tags]
