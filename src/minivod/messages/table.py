"""THE table of messages: English sentence to Chinese sentence, put together from the modules by subject."""

from minivod.messages import (
    actions,
    calling,
    codes,
    console,
    library,
    media,
    moderation,
    publishing,
    templates,
    uploads,
    usage,
)

SUBJECTS = (codes, calling, actions, library, templates, publishing, media, uploads, usage, console, moderation)
"""A new subject is a module with `PAIRS`, named here; `template` says how a pair is written."""
PAIRS: dict[str, str] = {english: chinese for subject in SUBJECTS for english, chinese in subject.PAIRS.items()}
