"""Whether the parts could work with the settings: asked before anything starts, so that none fails half-way.

A library is loaded only for a setting that needs it; most settings have been checked by the table already.
"""

from pathlib import Path

from minivod.settings import Settings, SettingsError, masked

_ROLES = ("api", "worker")


def check(settings: Settings, *roles: str) -> None:
    """Checks what the table of settings cannot know.

    Args:
        settings: of the server.
        roles: `api`, `worker`; default both.

    Raises:
        SettingsError: a value cannot work; the message names it.
    """
    roles = roles or _ROLES
    check_database_url(settings.database_url)
    _check_ffmpeg(settings.ffmpeg)
    _check_storage(settings.objects_url())
    if "api" in roles and settings.rate_limit_storage != "memory://":
        _check_rate_limit(settings)
    if "worker" in roles:
        _check_review(settings)


def check_database_url(url: str) -> None:
    """Raises SettingsError when it is given and cannot be read; its value is not shown, as it may hold a password."""
    if not url:
        return
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise SettingsError(
            "the setting database_url cannot be read; it looks like postgresql://user:password@host:5432/name"
        ) from None


def _check_ffmpeg(setting: str) -> None:
    from minivod.media.tools import ffmpeg_path

    try:
        ffmpeg_path(setting)
    except FileNotFoundError as error:
        raise SettingsError(f"the setting ffmpeg has a wrong value {setting!r}: {error}") from None


def _check_storage(url: str) -> None:
    if url.startswith("file:///"):
        return
    from minivod.objects import Objects

    try:
        Objects(url)
    except Exception as error:  # obstore's errors have no kind of their own for it
        reason = masked(str(error).partition("\n")[0])
        raise SettingsError(f"the setting storage_url has a wrong value {masked(url)!r}: {reason}") from None


def _check_rate_limit(settings: Settings) -> None:
    from minivod.api.rate_limit import RateLimiter

    RateLimiter(settings.rate_limit, settings.rate_limit_storage)


def _check_review(settings: Settings) -> None:
    if settings.review_thresholds:
        from minivod.review.policy import Policy

        Policy.make(settings.review_thresholds)
    if settings.word_lists_dir:
        from minivod.review import words

        try:
            words.load(Path(settings.word_lists_dir))
        except words.WordListError as error:
            raise SettingsError(str(error)) from None
