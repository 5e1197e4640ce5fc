"""Errors of tasks, as their ErrCode and ErrCodeExt name them (contract.md §5)."""

from minivod.store.tasks import Outcome

_ERR_CODES = {"SourceFileError": 60000, "InvalidInput": 40000, "InternalError": 70000, "Cancelled": 30000}


def failure(kind: str, message: str) -> Outcome:
    """A technical failure; `kind` is SourceFileError, InvalidInput, InternalError or Cancelled."""
    return Outcome(err_code=_ERR_CODES[kind], err_code_ext=kind, message=message, result="Failed")
