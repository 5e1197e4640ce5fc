"""Templates of reviews that publish nothing: the labels that are looked for."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Label = Literal["Porn", "Terror", "Polity", "Illegal", "Abuse", "Ad", "Moan"]


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ReviewAudioVideo looks for."""

    Labels: Annotated[list[Label], Meta(min_length=1, max_length=7)]
