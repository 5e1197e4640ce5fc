"""The URLs under which players fetch published files: the one place that builds them (contract.md §3).

    <base>/<AppId>/<directory>/<FileId>/f0.mp4             the published original
    <base>/<AppId>/<directory>/<FileId>/v.f<template>.mp4  the published result of a transcoding template
    <base>/<AppId>/<directory>/<FileId>/v.f<template>/<name>  likewise, a file of HLS
    <base>/<AppId>/<directory>/<FileId>/<FileId>.jpg       its cover
    <base>/<AppId>/<directory>/<FileId>/v.f<template>.<…>  a transcode of one file
    <base>/<AppId>/<directory>/<FileId>/<kind>.<template>/<name>  a file of what else tasks made: `FOLDERS`
    <base>/<AppId>/<directory>/<FileId>/subtitles/<id>.vtt  a subtitle
    <base>/watermark/<AppId>/<SubAppId>/<name>             the picture of a watermark template, while there is one

The endings say what players get and not what was uploaded: publishing makes an MP4 and a JPEG of every original. A URL
exists from the beginning of a video's life; `minivod.playback` answers 404 under it until the video is published.
"""

import os
import re
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from minivod import certificates
from minivod.settings import Settings

SCHEMES = ("http", "https")
ORIGINAL = "f0.mp4"
WATERMARKS = "watermark"
SUBTITLES = "subtitles"


class Addressed(Protocol):
    """What a URL is made of; rows of media and publications have it."""

    @property
    def app_id(self) -> int:
        """The account's AppId."""

    @property
    def directory(self) -> str:
        """The part that cannot be guessed."""

    @property
    def file_id(self) -> str:
        """The FileId."""

    @property
    def cover_key(self) -> str | None:
        """The cover's object; None when there is no cover."""


class PublicUrls(NamedTuple):
    """Base URLs under which players reach the server; without TLS of its own, `https` is empty."""

    http: str
    https: str

    @property
    def usual(self) -> str:
        """For whom nobody knows the scheme: readers of events. What listens to all the world is HTTPS, where it is."""
        return self.https or self.http


def public_urls(settings: Settings) -> PublicUrls:
    """Both are the setting `public_url`, if there is one; else what the server listens on.

    The name in `https` is the first of the certificate, because clients accept no other.
    """
    if settings.public_url:
        return PublicUrls(settings.public_url, settings.public_url)
    plain = f"http://{_address(loopback(settings.host), settings.port)}"
    pair = settings.tls_pair()
    if pair is None:
        return PublicUrls(plain, "")
    try:
        names = [name for name in certificates.read(pair[0]).names if "*" not in name]
    except certificates.Unusable:
        names = []
    name = names[0] if names else loopback(settings.tls_host or settings.host)
    return PublicUrls(plain, f"https://{_address(name, settings.tls_port)}")


def loopback(host: str) -> str:
    """Where this machine reaches who listens on that address: whoever listens everywhere is also here."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked, not bound


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def server_address(endpoint: str) -> tuple[str, str]:
    """Scheme and host:port of a server's URL, for its clients; raises ValueError when it is none."""
    wrong = ValueError(f"endpoint {endpoint!r} is not a URL like http://127.0.0.1:9050")
    try:
        parts = urlsplit(endpoint)
        is_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port
        raise wrong from None
    if parts.scheme not in SCHEMES or not is_host or parts.path.strip("/") or parts.query:
        raise wrong
    return parts.scheme, parts.netloc


def trusted_cas() -> str | None:
    """The file of the CAs that clients of this package trust; None: those that come with their libraries.

    requests looks at these variables by itself; the official SDK keeps it from it.
    """
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def media_url(base: str, media: Addressed, definition: int = 0, entry: str = "") -> str:
    """Where players get the video once it is published.

    Args:
        base: under which players reach the server (setting `public_url`), with or without a slash at its end.
        media: the video.
        definition: the transcoding template whose result is meant, 0 for the original.
        entry: the playlist that is opened, when the result is HLS.
    """
    if entry:
        return result_url(base, media, "Transcode", definition, entry)
    return f"{_folder(base, media)}/{media_name(definition)}"


FOLDERS = {
    "Transcode": "v.f", "AnimatedGraphics": "gif.", "SnapshotByTimeOffset": "snapshot.", "SampleSnapshot": "sample.",
    "ImageSprite": "sprite.", "AdaptiveDynamicStreaming": "adp.",
}  # fmt: skip
"""How the names of results begin, by their kind; the number of the template follows."""
_TEMPLATE = re.compile(r"(0|[1-9][0-9]{0,17})((?:\.[a-z0-9]{1,8})?)", re.ASCII)


def result_url(base: str, media: Addressed, kind: str, definition: int, name: str, *, alone: bool = False) -> str:
    """Where players get a file of a result, while they may.

    Args:
        base: as for `media_url`.
        media: the video.
        kind: of the result.
        definition: of the template.
        name: of the file.
        alone: whether the result is one file, which is named like the result then.
    """
    stem = f"{FOLDERS[kind]}{definition}"
    return f"{_folder(base, media)}/{stem}{PurePosixPath(name).suffix if alone else f'/{name}'}"


def parse_name(name: str) -> tuple[str, int, str] | None:
    """Kind and template of the result that the part after the FileId names, and what follows: an ending, or nothing."""
    for kind, begin in FOLDERS.items():
        if name.startswith(begin) and (found := _TEMPLATE.fullmatch(name, len(begin))):
            return kind, int(found[1]), found[2]
    return None


def cover_url(base: str, media: Addressed) -> str:
    """Where players get the cover once the video is published; empty when there is none."""
    return f"{_folder(base, media)}/{cover_name(media.file_id)}" if media.cover_key else ""


def subtitle_url(base: str, media: Addressed, subtitle_id: str) -> str:
    """Where players get a subtitle, while the video is published."""
    return f"{_folder(base, media)}/{SUBTITLES}/{subtitle_id}.vtt"


def media_name(definition: int) -> str:
    """The last part of the URL of one published file."""
    return f"v.f{definition}.mp4" if definition else ORIGINAL


def cover_name(file_id: str) -> str:
    """The last part of a cover URL."""
    return f"{file_id}.jpg"


def watermark_url(base: str, app_id: int, object_key: str | None) -> str:
    """Where the picture of a watermark template can be looked at; empty without one.

    Args:
        base: as for `media_url`.
        app_id: of the account.
        object_key: of the picture, as `watermark_key` makes it.
    """
    name = (object_key or "").removeprefix(f"{WATERMARKS}/")
    return f"{base.rstrip('/')}/{WATERMARKS}/{app_id}/{name}" if name else ""


def watermark_key(sub_app_id: int | str, name: str) -> str:
    """The object of a watermark's picture, whose name cannot be guessed."""
    return f"{WATERMARKS}/{sub_app_id}/{name}"


def _folder(base: str, media: Addressed) -> str:
    return f"{base.rstrip('/')}/{media.app_id}/{media.directory}/{media.file_id}"
