"""What people call things: names that can be seen, and that break no list of names."""

from minivod.errors import WireError, shorten


def check_line(parameter: str, name: str, most: int, error: type[WireError]) -> None:
    """Raises the error for a name that nobody could see, or that has several lines; `most` is for its message."""
    if not name.strip() or not name.isprintable():
        raise error(f"{parameter} {shorten(name)} must be one line of 1 to {most} characters that can be seen")
