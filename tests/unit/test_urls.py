"""Media and cover URLs."""

from dataclasses import dataclass

from minivod.urls import cover_url, media_url


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
