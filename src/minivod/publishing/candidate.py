"""Makes the file that review looks at and players may get, and makes sure that it is one."""

from collections.abc import Callable, Sequence
from pathlib import Path

from minivod.media.probe import Examination, MediaMetadata, NotMedia, ParameterSets, examine
from minivod.media.remux import TAGS, remux_to_mp4
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.publishing import preflight
from minivod.publishing.preflight import Problem
from minivod.tasking.laps import Laps


class Refused(Exception):
    """The video cannot be published; the message says why, to the caller of the API."""


async def make_candidate(
    sandbox: Sandbox,
    source: Path,
    target: Path,
    *,
    md5: str,
    containers: frozenset[str],
    max_duration: float,
    on_progress: Callable[[float], None],
    laps: Laps,
) -> MediaMetadata:
    """Writes the source's first video and audio stream as MP4 with faststart.

    Args:
        sandbox: where it is done.
        source: in a directory that holds nothing but the attempt's own.
        target: in the same directory.
        md5: of the source; empty: not known.
        containers: in which a source may come.
        max_duration: seconds.
        on_progress: told how much is done, 0 to 1.
        laps: told which step runs.

    Returns:
        What a probe says of the target.

    Raises:
        Refused: the Mini Program player could not play it.
        NotMedia, StepFailed, OSError: as `remux_to_mp4`.
    """
    laps.begin("probe")
    found = await examine(sandbox, source, md5=md5)
    _refuse(preflight.problems(found, containers, max_duration), found.metadata, containers)
    laps.begin("remux")
    await remux_to_mp4(sandbox, source, target, on_progress=on_progress, examination=found)
    laps.begin("probe")
    try:
        made = await examine(sandbox, target)
    except NotMedia as error:
        raise StepFailed(f"the MP4 that was made of it cannot be read: {error}") from None
    _confirm(found, made)
    _refuse(preflight.problems(made, frozenset({"mp4"}), max_duration), made.metadata, containers)
    return made.metadata


def _refuse(problems: Sequence[Problem], metadata: MediaMetadata, containers: frozenset[str]) -> None:
    if problems:
        raise Refused(preflight.refusal(problems, metadata, containers))


def _confirm(source: Examination, made: Examination) -> None:
    """Raises StepFailed when the copy has not what the source had, or not where all players look for it."""
    for kind, had, have in (
        ("video", source.metadata.video[:1], made.metadata.video),
        ("audio", source.metadata.audio[:1], made.metadata.audio),
    ):
        lost = [stream for stream in had if not stream.empty and not have]
        if lost:
            raise StepFailed(
                f"copying it into an MP4 lost its {kind} stream ({lost[0].codec}, stream {lost[0].index} of the file)"
            )
    sets, stream = made.parameter_sets, made.metadata.video[0]
    if stream.codec in TAGS and (sets is None or not _is_clean(sets) or stream.codec_tag != TAGS[stream.codec]):
        raise StepFailed("copying it into an MP4 did not bring its parameter sets into the header")


def _is_clean(sets: ParameterSets) -> bool:
    return sets.in_header and not sets.in_samples
