"""Errors of tasks, as their ErrCode and ErrCodeExt name them (contract.md §5)."""

from minivod.store.tasks import Outcome

_ERR_CODES = {"SourceFileError": 60000, "InvalidInput": 40000, "InternalError": 70000, "Cancelled": 30000}


def failure(kind: str, message: str) -> Outcome:
    """A technical failure; `kind` is SourceFileError, InvalidInput, InternalError or Cancelled, or one with a detail.

    Details are those of contract.md §5, such as SourceFileError.NoVideoMedia.
    """
    return Outcome(err_code=_ERR_CODES[kind.partition(".")[0]], err_code_ext=kind, message=message, result="Failed")
