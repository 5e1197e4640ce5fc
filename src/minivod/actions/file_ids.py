"""What actions on videos say of a FileId that is none, and of one that has no video."""

from collections.abc import Sequence

from minivod import errors, ids
from minivod.errors import shorten


def check_file_id(file_id: str) -> None:
    """Raises InvalidFileId for what has not the form of a FileId (contract.md §3)."""
    if not ids.is_file_id(file_id):
        raise errors.InvalidFileId(f"FileId {shorten(file_id)} is not a FileId: 16 to 19 decimal digits")


def check_file_ids(file_ids: Sequence[str]) -> None:
    """Raises InvalidFileIds for a value that has not the form of a FileId."""
    for file_id in file_ids:
        if not ids.is_file_id(file_id):
            raise errors.InvalidFileIds(f"FileIds holds {shorten(file_id)}; a FileId is 16 to 19 decimal digits")


def no_video(file_id: str) -> errors.FileNotExist:
    """The application has no such video; whether another one has is not told."""
    return errors.FileNotExist(f"FileId {file_id} does not exist in this application")
