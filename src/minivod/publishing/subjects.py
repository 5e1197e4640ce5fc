"""What a review or an operator's word is of: the objects that were looked at, by keys that are never used again."""

from minivod.store.media import Media
from minivod.store.results import Result


def subject_of(video_key: str | None, cover_key: str | None) -> str:
    """A video with its cover."""
    return f"{video_key} {cover_key or ''}"


def shows_source(media: Media, result: Result | None) -> bool:
    """Whether what is to be published shows all that the original shows, and nothing else; None: it is the original."""
    return result is None or (result.whole and result.source_key == media.object_key)


def subjects(media: Media, result: Result | None) -> set[str]:
    """What may have been looked at, so that it is known what would be published."""
    found = set()
    if shows_source(media, result):
        found.add(subject_of(media.object_key, media.cover_key))
    if result is not None:
        found.add(subject_of(result.key(result.entry), media.cover_key))
    return found
