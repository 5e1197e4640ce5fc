"""What the actions of procedures have in common: what a procedure is asked for, and the checks of that."""

from typing import Annotated, Any

import msgspec

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.process_media import NOT_HERE
from minivod.errors import WireError
from minivod.processing import procedures
from minivod.processing.plan import Step
from minivod.wire.process_inputs import Definition, MediaProcessTaskInput

LONGEST_NAME = 20
LONGEST_COMMENT = 256
VALUE_ERRORS: dict[str, type[WireError]] = {
    "Name": errors.invalid("Name"),
    "Comment": errors.invalid("Comment"),
    "MiniProgramPublishTask": errors.InvalidSourceDefinition,
    "SubAppId": errors.InvalidSubAppId,
}
_NOT_HERE = {
    "AiContentReviewTask": ("AiContentReviewTaskDefinition", NOT_HERE["AiContentReviewTask"]),
    "AiAnalysisTask": ("AiAnalysisTaskDefinition", NOT_HERE["AiAnalysisTask"]),
    "AiRecognitionTaskSet": ("AiRecognitionTaskDefinition", NOT_HERE["AiRecognitionTask"]),
    "AiRecognitionTask": ("AiRecognitionTaskDefinition", NOT_HERE["AiRecognitionTask"]),
    "ReviewAudioVideoTask": ("", NOT_HERE["AiContentReviewTask"]),
    "ImportMediaKnowledgeTaskSet": ("", "there is no knowledge base here"),
}
"""Members that are refused when they ask for something: the code of the error, and why."""


class PublishTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SourceDefinition is the transcode that is published, or 0 for the original."""

    SourceDefinition: Definition


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a procedure is to do; the published request has no MiniProgramPublishTask, which only its answers show."""

    Name: str
    SubAppId: int | None = None
    Comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] | None = None
    MediaProcessTask: MediaProcessTaskInput | None = None
    AiContentReviewTask: dict[str, Any] | None = None
    AiAnalysisTask: dict[str, Any] | None = None
    AiRecognitionTaskSet: list[dict[str, Any]] | None = None
    AiRecognitionTask: dict[str, Any] | None = None
    ReviewAudioVideoTask: dict[str, Any] | None = None
    ImportMediaKnowledgeTaskSet: list[dict[str, Any]] | None = None
    MiniProgramPublishTask: PublishTask | None = None

    @property
    def task(self) -> MediaProcessTaskInput:
        """What is to be made of a video."""
        return self.MediaProcessTask or MediaProcessTaskInput()

    @property
    def publish(self) -> int | None:
        """The template whose result is to be published, 0 for the original, None for nothing."""
        return self.MiniProgramPublishTask.SourceDefinition if self.MiniProgramPublishTask else None


async def check(call: CallContext, asked: Asked) -> list[Step]:
    """What the procedure would do now.

    Raises:
        InvalidParameterValue: it asks for nothing, or for something that is not done.
        TemplateNotExist, InvalidSourceDefinition: as `procedures.steps`.
    """
    for member, (code, why) in _NOT_HERE.items():
        if getattr(asked, member) not in (None, []):
            kind = errors.invalid(code) if code else errors.InvalidParameterValue
            raise kind(f"{member} must be left out: {why}")
    return await procedures.steps(call.services.database, call.sub_app_id, asked.task, asked.publish)


def refuse_preset(name: str, done: str) -> None:
    """Refuses to change a preset.

    Raises:
        InvalidParameterValue: it is one.
    """
    if name in procedures.PRESETS:
        raise errors.invalid("Name")(f"Name {name} is a preset, which cannot be {done}")


def unknown(name: str) -> WireError:
    """The error for a procedure that is not there."""
    return errors.ProcedureNameNotExist(procedures.missing("Name", name))
