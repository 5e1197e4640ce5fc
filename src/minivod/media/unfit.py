"""What cannot be made of a source, in the terms of a task's ErrCodeExt (contract.md §5)."""


class Unfit(Exception):
    """The message is a sentence for the caller; `code` is InvalidInput… or SourceFileError… of contract.md §5."""

    def __init__(self, code: str, message: str) -> None:
        """Args: code: as ErrCodeExt has it, such as SourceFileError.NoVideoMedia."""
        super().__init__(message)
        self.code = code
