"""DescribeWatermarkTemplates: lists watermark templates."""

from typing import Any, Literal

import msgspec

from minivod.actions import CallContext
from minivod.actions.template_actions import describes
from minivod.templates.catalog import Template
from minivod.templates.kinds import WATERMARK
from minivod.templates.watermark import Watermark
from minivod.urls import watermark_url


class ImageWatermarkTemplate(msgspec.Struct, frozen=True):
    """The picture by its URL, and how it is drawn."""

    ImageUrl: str
    Width: str
    Height: str
    RepeatType: str
    Transparency: int


def _finish(members: dict[str, Any], template: Template[Watermark], call: CallContext) -> None:
    """Type is that of the watermark here; there are no presets."""
    picture = members["ImageTemplate"]
    if picture is not None:
        del picture["ImageContent"]
        picture["ImageUrl"] = watermark_url(call.services.public_url, call.app_id, template.object_key)


def _wants(asked: Any, template: Template[Watermark]) -> bool:
    return asked.Type in (None, template.settings.Type)


ACTION = describes(
    WATERMARK,
    members=(("ImageTemplate", ImageWatermarkTemplate | None),),
    finish=_finish,
    filters=(("Type", Literal["image", "text", "svg"] | None, None),),
    wants=_wants,
)
