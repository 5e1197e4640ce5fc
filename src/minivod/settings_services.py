"""The settings of reviewers from outside: services that judge what the detectors here cannot."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.settings_words import Positive, Seconds

Absence = Literal["wait", "review", "uncovered"]
"""What it means that a service does not answer."""
OwnAbsence = Literal["wait", "review", "uncovered", ""]
"""Of one service; empty: as another setting says."""


class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the settings that is about them."""

    review_http_url: Annotated[
        str, Meta(description="URL of a service of yours that judges frames and text (docs/review.md); empty: none.")
    ] = ""
    review_http_secret: Annotated[
        str, Meta(description="Secret (`whsec_…`) with which requests to review_http_url are signed.")
    ] = ""
    review_http_categories: Annotated[
        list[str], Meta(description="What the service at review_http_url looks for: categories of docs/review.md.")
    ] = msgspec.field(default_factory=list)
    review_wechat_appid: Annotated[
        str,
        Meta(
            description="AppID of a Mini Program of yours, whose content check of WeChat judges frames too "
            "(docs/review.md); empty: none."
        ),
    ] = ""
    review_wechat_secret: Annotated[str, Meta(description="AppSecret of that Mini Program.")] = ""
    review_wechat_categories: Annotated[
        list[str],
        Meta(description="What a picture that WeChat finds risky counts as: Porn, Terrorism, Political, or several."),
    ] = msgspec.field(default_factory=lambda: ["Porn", "Political"])
    review_wechat_openid: Annotated[
        str,
        Meta(
            description="OpenID, in that Mini Program, of somebody who opens it every two hours, without which WeChat "
            "checks no text; empty: text is not sent."
        ),
    ] = ""
    review_wechat_rate: Annotated[
        Positive, Meta(description="Pictures, and likewise texts, that one worker sends to WeChat in a minute.")
    ] = 1000
    review_wechat_url: Annotated[str, Meta(description="Where WeChat's server interface is.")] = (
        "https://api.weixin.qq.com"
    )
    review_service_networks: Annotated[
        list[str],
        Meta(description="Networks beside the public ones in which these services may be; tenants gain nothing by it."),
    ] = msgspec.field(default_factory=list)
    review_service_timeout: Annotated[
        Seconds, Meta(description="Seconds that one call of such a service may take.")
    ] = 30.0
    review_service_patience: Annotated[
        Seconds, Meta(description="Seconds after which a service that does not answer is given up, with all tries.")
    ] = 120.0
    review_service_calls: Annotated[Positive, Meta(description="Calls of one service at a time, of one worker.")] = 4
    review_service_absent: Annotated[
        Absence,
        Meta(
            description="What it means that a service does not answer: the task waits, what it looks for becomes "
            '"review", or is not covered.'
        ),
    ] = "wait"
    review_http_absent: Annotated[
        OwnAbsence, Meta(description="Likewise of the service at review_http_url; empty: review_service_absent.")
    ] = ""
    review_wechat_absent: Annotated[
        OwnAbsence, Meta(description="Likewise of WeChat's content check; empty: review_service_absent.")
    ] = ""
    review_wechat_text_absent: Annotated[
        OwnAbsence, Meta(description="Likewise of WeChat's check of text alone; empty: review_wechat_absent.")
    ] = ""

    def http_absence(self) -> Absence:
        """What it means that the service at `review_http_url` is away."""
        return self.review_http_absent or self.review_service_absent

    def wechat_absence(self) -> Absence:
        """What it means that WeChat's check of pictures is away."""
        return self.review_wechat_absent or self.review_service_absent

    def wechat_text_absence(self) -> Absence:
        """What it means that WeChat's check of text is away."""
        return self.review_wechat_text_absent or self.wechat_absence()
