"""Gathers what is known of videos, for the actions that tell of them."""

from collections.abc import Sequence

from minivod import errors
from minivod.actions import CallContext
from minivod.errors import shorten
from minivod.store import media as media_rows
from minivod.store import media_reviews, publications, results, subtitles
from minivod.wire.media_info import FILTERS, RESULTS, Known, MediaInfo, media_info


def parts(filters: Sequence[str]) -> frozenset[str]:
    """The parts of a MediaInfo that are wanted, without filters all; raises InvalidParameterValue."""
    for name in filters:
        if name not in FILTERS:
            raise errors.InvalidParameterValue(
                f"Filters holds {shorten(name)}; it may hold {', '.join(sorted(FILTERS))}"
            )
    return frozenset(filters) or FILTERS


async def gather(call: CallContext, file_ids: list[str], wanted: frozenset[str]) -> list[MediaInfo]:
    """The application's videos among these, in this order; `wanted` parts of them."""
    db, app = call.services.database, call.sub_app_id
    found = await media_rows.find(db, app, file_ids)
    made = await results.find(db, app, file_ids) if wanted & RESULTS.keys() else {}
    published = await publications.find(db, app, file_ids) if "miniProgramReviewInfo" in wanted else {}
    reviewed = await media_reviews.find(db, app, file_ids) if "reviewInfo" in wanted else {}
    subtitled = await subtitles.find(db, app, file_ids) if "subtitleInfo" in wanted else {}
    return [
        media_info(
            call.services.public_url,
            Known(
                media=found[file_id],
                made=made.get(file_id, []),
                publication=published.get(file_id),
                reviewed=reviewed.get(file_id, []),
                subtitles=subtitled.get(file_id, []),
            ),
            wanted,
        )
        for file_id in file_ids
        if file_id in found
    ]
