"""The table of what can be published: the page has the same one, and its words are those of the checks."""

import re
from pathlib import Path

import pytest

from minivod.media.metadata import PictureFormat
from minivod.publishing import formats

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_the_page_has_the_table() -> None:
    assert formats.to_markdown() in PAGE, f"docs/formats.md has to have this table:\n{formats.to_markdown()}"


def test_containers() -> None:
    assert formats.containers(allow_mov=False) == {"mp4", "3gp"}
    assert formats.containers(allow_mov=True) == {"mp4", "3gp", "mov"}
    assert formats.container_titles(formats.containers(allow_mov=True)) == "MP4, 3GP or MOV"
    assert formats.container_titles({"mp4"}) == "MP4"


@pytest.mark.parametrize("codec", formats.VIDEO)
def test_what_the_table_calls_not_published_is_not(codec: str) -> None:
    video = formats.VIDEO[codec]
    for name in re.split(r"[;,] | and ", video.others):
        assert not formats.is_playable(video, PictureFormat(name, 8, "4:2:0")), name


def test_every_bound_is_in_the_sentence() -> None:
    sentence = formats.summary(formats.containers(allow_mov=False))
    titles = [profile.title for codec in formats.VIDEO.values() for profile in codec.profiles.values()]
    titles += [title for codec in formats.AUDIO.values() for title in (codec.title, *codec.profiles.values())]
    assert all(title in sentence for title in titles)
