"""Media and cover URLs."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from minivod.settings import Settings
from minivod.urls import FOLDERS, PublicUrls, cover_url, media_url, parse_name, public_urls, result_url

from ..tls import make


@dataclass
class Video:
    app_id: int = 1300000001
    directory: str = "0123456789abcdef01234567"
    file_id: str = "5285485487985271487"
    cover_key: str | None = "vod_upload/1/cover.png"


FOLDER = "https://vod.example/m/1300000001/0123456789abcdef01234567/5285485487985271487"


def test_urls() -> None:
    for base in ("https://vod.example/m", "https://vod.example/m/"):
        assert media_url(base, Video()) == f"{FOLDER}/f0.mp4"
        assert media_url(base, Video(), 100030) == f"{FOLDER}/v.f100030.mp4"
        assert cover_url(base, Video()) == f"{FOLDER}/5285485487985271487.jpg"
    assert cover_url("https://vod.example", Video(cover_key=None)) == ""


def test_a_published_playlist_has_a_folder_of_its_own() -> None:
    assert media_url("https://vod.example/m", Video(), 210, "index.m3u8") == f"{FOLDER}/v.f210/index.m3u8"


@pytest.mark.parametrize("kind", FOLDERS)
def test_names_of_results_are_read_as_they_are_built(kind: str) -> None:
    for definition in (1, 10, 100030, 10**17):
        folder = result_url("", Video(), kind, definition, "a.ts").split("/")[-2]
        assert parse_name(folder) == (kind, definition, "")
        alone = result_url("", Video(), kind, definition, "a.ts", alone=True).split("/")[-1]
        assert parse_name(alone) == (kind, definition, ".ts")


@pytest.mark.parametrize(
    "name",
    [
        "", "f0.mp4", "v.f", "v.f010", "v.f+1", "v.f-1", "v.f1_0", "v.f\u0661", "v.f" + "9" * 19, "v.f10.", "v.f10\n",
        "v.f10.mp4\n", "v.f10.MP4", "v.f10/", "v.f10..mp4", " v.f10", "V.F10", "adp", "adp.", "adp.x", "adp.1 ",
    ],
)  # fmt: skip
def test_what_is_no_name_of_a_result(name: str) -> None:
    assert parse_name(name) is None


def test_where_callers_reach_the_server(tmp_path: Path) -> None:
    """The setting public_url; else what is listened on, by HTTPS under the certificate's first name."""
    plain = Settings(host="0.0.0.0", port=9050, data_dir=str(tmp_path))
    found = public_urls(plain)
    assert found == PublicUrls("http://127.0.0.1:9050", "")
    assert found.usual == found.http
    make(tmp_path, "*.wild.example", "vod.example.com")
    found = public_urls(plain)
    assert found == PublicUrls("http://127.0.0.1:9050", "https://vod.example.com:9443")
    assert found.usual == found.https
    make(tmp_path, "fd00::1")
    assert public_urls(plain).https == "https://[fd00::1]:9443"
    public = "https://media.example"
    assert public_urls(Settings(public_url=public, data_dir=str(tmp_path))) == PublicUrls(public, public)


def test_a_certificate_that_cannot_be_read_leaves_the_address(tmp_path: Path) -> None:
    make(tmp_path).server.write_bytes(b"")
    assert public_urls(Settings(tls_host="::", data_dir=str(tmp_path))).https == "https://[::1]:9443"
