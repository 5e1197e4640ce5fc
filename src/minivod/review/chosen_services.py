"""The reviewers from outside that the settings name."""

from dataclasses import replace

from minivod.review.asking import Asking
from minivod.review.detectors import DetectorSet
from minivod.review.http_service import HttpService
from minivod.review.services import Service, Writer
from minivod.review.wechat import PictureCheck, TextCheck
from minivod.review.wechat_calls import Tokens, WeChat
from minivod.settings import Settings


def services_of(settings: Settings, *, hears: bool = True, once: bool = False) -> tuple[Service, ...]:
    """The services; nothing is sent yet.

    Args:
        settings: of the server.
        hears: whether what is said can be sent.
        once: a call that comes to nothing is not made again.

    Raises:
        SettingsError: what they need is wrong or missing; the message names the setting, and no secret.
    """
    found: list[Service] = []
    if settings.review_http_url:
        asking = Asking(HttpService.name, settings.review_http_url, settings, once=once)
        found.append(HttpService(settings, asking, hears=hears))
    if settings.review_wechat_appid:
        tokens, url, rate = Tokens(settings), settings.review_wechat_url, settings.review_wechat_rate
        asking = Asking(PictureCheck.name, url, settings, per_minute=rate, once=once)
        found.append(PictureCheck(settings, WeChat(settings, asking, tokens)))
        if settings.review_wechat_openid:
            asking = Asking(TextCheck.name, url, settings, per_minute=rate, once=once)
            found.append(TextCheck(settings, WeChat(settings, asking, tokens), hears=hears))
    return tuple(found)


def with_services(found: DetectorSet, settings: Settings) -> DetectorSet:
    """The detectors, and the services beside them; raises as `services_of`."""
    hears = any(isinstance(one, Writer) for one in found.listeners)
    return replace(found, services=services_of(settings, hears=hears))
