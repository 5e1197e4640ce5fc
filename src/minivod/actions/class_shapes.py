"""What the actions of classes have in common: names, class 0, and what is said of a class that is none."""

from typing import Annotated

from msgspec import Meta

from minivod import errors
from minivod.actions.names import check_line

_LONGEST = 64
NameOfClass = Annotated[str, Meta(min_length=1, max_length=_LONGEST)]
IdOfClass = Annotated[int, Meta(ge=0, le=2**63 - 1)]


def check_name(name: str) -> None:
    """Raises InvalidParameterValue.ClassName for a name that nobody could see."""
    check_line("ClassName", name, _LONGEST, errors.invalid("ClassName"))


def check_own(class_id: int, what: str) -> None:
    """Raises InvalidParameterValue.ClassId for class 0, which no application made; `what` cannot be done with it."""
    if class_id == 0:
        raise errors.invalid("ClassId")(f"ClassId 0 is the class of what is in no other; it cannot be {what}")


def missing(class_id: int) -> errors.FailedOperation:
    """There is no such class here."""
    return errors.special(errors.FailedOperation, "ClassNoFound")(f"ClassId {class_id} is no class of this application")
