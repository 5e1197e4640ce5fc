"""The page docs/settings.md, made from the table of settings."""

from minivod.settings import default_of, fields, help_of, type_of

_PAGE = (
    "# Settings",
    "",
    "Made by `minivod settings --markdown` from the one table of settings. `rate_limit`, for example, is",
    "`MINIVOD_RATE_LIMIT` in the environment, `rate_limit = 50` in the TOML file that `MINIVOD_CONFIG` or `--config`",
    "names, and `--rate-limit 50` on the command line; the command line wins over the environment, and the environment",
    "over the file. Lists may be written with commas, tables as JSON. A wrong value stops the start with a sentence",
    "that names it.",
    "",
    "| setting | type | default | meaning |",
    "|---|---|---|---|",
)


def to_markdown() -> str:
    """The page docs/settings.md; a test keeps it equal to this."""
    rows = [
        f"| `{field.name}` | {type_of(field)} | `{default_of(field)}` | {help_of(field)} |".replace("`empty`", "empty")
        for field in fields()
    ]
    return "\n".join([*_PAGE, *rows]) + "\n"
