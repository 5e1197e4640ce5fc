"""Uploads from browsers and Mini Programs, which hold an upload signature in place of a key (players.md §C1)."""

PATH = "/v3/index.php"
"""Where the three calls are made."""
