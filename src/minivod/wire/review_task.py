"""A task of ReviewAudioVideo as the wire shows it: in DescribeTaskDetail, and in its event."""

import msgspec

from minivod.store.tasks import Task
from minivod.wire.procedure import Told


class ReviewImageSegmentItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was found in a picture; where in it is not known."""

    Confidence: float
    Suggestion: str
    Label: str
    SubLabel: str = ""
    Form: str
    AreaCoordSet: list[int] = []
    Text: str = ""
    KeywordSet: list[str] = []


class ReviewAudioVideoSegmentItem(msgspec.Struct, frozen=True, kw_only=True):
    """The same with times, in seconds; there are no pictures by URL."""

    StartTimeOffset: float
    EndTimeOffset: float
    Confidence: float
    Suggestion: str
    Label: str
    SubLabel: str = ""
    Form: str
    AreaCoordSet: list[int] = []
    Text: str = ""
    KeywordSet: list[str] = []
    Url: str = ""
    PicUrlExpireTime: str = ""


class ReviewImageResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the review of a cover came to."""

    Suggestion: str
    Label: str
    Form: str
    SegmentSet: list[ReviewImageSegmentItem]
    SegmentSetFileUrl: str = ""
    SegmentSetFileUrlExpireTime: str = ""


class ReviewAudioVideoTaskOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What the review of a video came to; Suggestion is empty when it was not reviewed, or not yet."""

    Suggestion: str = ""
    Label: str = ""
    Form: str = ""
    SegmentSet: list[ReviewAudioVideoSegmentItem] = []
    SegmentSetFileUrl: str = ""
    SegmentSetFileUrlExpireTime: str = ""
    CoverReviewResult: ReviewImageResult | None = None


class ReviewAudioVideoTaskInput(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    FileId: str
    Definition: int
    ReviewContents: list[str]


class ReviewAudioVideoTask(msgspec.Struct, frozen=True, kw_only=True):
    """The task; Message says what was found and what was not looked for, or why it failed."""

    TaskId: str
    Status: str
    ErrCodeExt: str
    Message: str
    Input: ReviewAudioVideoTaskInput
    Output: ReviewAudioVideoTaskOutput
    SessionId: str
    SessionContext: str


class Asked(Told, frozen=True, kw_only=True):
    """What the task was told, as its row keeps it: labels of the template as it was then, and Media, Cover or both."""

    labels: list[str]
    contents: list[str]


def asked(task: Task) -> Asked:
    """Of a row."""
    return msgspec.convert(task.params, Asked)


def review_task(task: Task) -> ReviewAudioVideoTask:
    """Builds it."""
    said = asked(task)
    return ReviewAudioVideoTask(
        TaskId=task.task_id,
        Status="FINISH" if task.status == "FINISH" else "PROCESSING",
        ErrCodeExt=task.err_code_ext,
        Message=task.message,
        Input=ReviewAudioVideoTaskInput(
            FileId=task.file_id, Definition=task.definition, ReviewContents=list(said.contents)
        ),
        Output=msgspec.convert(task.output or {}, ReviewAudioVideoTaskOutput),
        SessionId=said.session_id,
        SessionContext=said.session_context,
    )
