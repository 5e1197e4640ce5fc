"""Whether the parts could work with the settings: asked before anything starts, so that none fails half-way.

A library is loaded only for a setting that needs it; most settings have been checked by the table already.
"""

import re
from pathlib import Path

from minivod.destinations import Destinations
from minivod.settings import Settings, SettingsError
from minivod.settings_sources import check_public_url
from minivod.settings_words import masked

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
    check_public_url(settings.public_url)
    _check_ffmpeg(settings.ffmpeg)
    check_storage_url(settings.objects_url())
    Destinations(settings)
    if "api" in roles:
        check_rate_limit(settings)
        check_tls(settings)
        _check_delivery(settings)
    if "worker" in roles:
        check_review(settings)


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
    from minivod.media.tools import ffmpeg_path, ffmpeg_version

    try:
        ffmpeg_path(setting)
        if setting:  # the one that comes with the package is one
            ffmpeg_version(setting)
    except OSError as error:
        raise SettingsError(f"the setting ffmpeg has a wrong value {setting!r}: {error}") from None


def check_storage_url(url: str) -> None:
    """Raises SettingsError when it cannot be the URL of an object store."""
    if url.startswith("file:///"):
        return
    from minivod.objects import Objects

    try:
        Objects(url)
    except Exception as error:  # obstore's errors have no kind of their own for it
        reason = masked(str(error).partition("\n")[0])
        raise SettingsError(f"the setting storage_url has a wrong value {masked(url)!r}: {reason}") from None


def _check_delivery(settings: Settings) -> None:
    local = settings.objects_url().startswith("file:///")
    if settings.file_delivery == "nginx":
        if not local:
            raise SettingsError("the setting file_delivery=nginx needs an object store on a local directory (file://)")
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+/?", settings.nginx_location):
            raise SettingsError(
                f"the setting nginx_location has a wrong value {settings.nginx_location!r}; "
                "it looks like /minivod-objects"
            )
    if settings.file_delivery == "redirect":
        from minivod.objects import CannotSign, Objects

        try:
            Objects(settings.objects_url()).check_signing()
        except CannotSign as error:
            raise SettingsError(f"the setting file_delivery=redirect cannot work with storage_url: {error}") from None


def check_tls(settings: Settings) -> None:
    """Raises SettingsError when HTTPS is wanted and cannot be spoken; an expired certificate is no reason."""
    if settings.tls_key and not settings.tls_cert:
        raise SettingsError("the setting tls_key is given without tls_cert, the certificate that it belongs to")
    pair = settings.tls_pair()
    if pair is None:
        return
    from minivod.certificates import Unusable
    from minivod.serving.tls import make_context

    try:
        make_context(*pair)
    except Unusable as error:
        where = "settings tls_cert and tls_key" if settings.tls_cert else "`minivod tls init --force` makes a new pair"
        raise SettingsError(f"HTTPS cannot be spoken: {error} ({where})") from None


def check_rate_limit(settings: Settings) -> None:
    """Raises SettingsError when rate_limit_storage cannot be used, or its package is missing."""
    if settings.rate_limit_storage == "memory://":
        return
    from minivod.api.rate_limit import RateLimiter

    RateLimiter(settings.rate_limit, settings.rate_limit_storage)


def check_review(settings: Settings) -> None:
    """Raises SettingsError for wrong thresholds or word lists, or a model or service that cannot be used."""
    if settings.review_thresholds:
        from minivod.review.policy import Policy

        Policy.make(settings.review_thresholds)
    if settings.word_lists_dir:
        from minivod.review import words

        try:
            words.load(Path(settings.word_lists_dir))
        except words.WordListError as error:
            raise SettingsError(str(error)) from None
    if settings.clip_dir:
        from minivod.review.clip import ClipDetector
        from minivod.review.detectors import DetectorConfig

        ClipDetector(DetectorConfig.from_settings(settings))
    if settings.review_service_networks:
        from minivod.review.asking import destinations

        destinations(settings)
    if settings.review_http_url or settings.review_wechat_appid:
        from minivod.review.chosen_services import services_of

        services_of(settings)
