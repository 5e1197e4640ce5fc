"""Makes pages out of templates: every value is escaped, and what is missing is an error."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from minivod import messages
from minivod.console import paths, texts
from minivod.console.assets import Assets
from minivod.console.navigation import NAVIGATION
from minivod.publishing.showing import plain
from minivod.wire.tasks import TASK_TYPES

_UNITS = ("B", "KB", "MB", "GB", "TB")


class Pages:
    """The templates."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._environment = Environment(
            loader=PackageLoader("minivod.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=shown,
            auto_reload=False,
        )
        self._environment.globals |= {
            "asset": assets.url,
            "paths": paths,
            "navigation": NAVIGATION,
            "newline": Markup("\n"),
            "task_types": TASK_TYPES,
        }
        self._environment.tests["text_key"] = texts.TEXTS.__contains__
        self._environment.filters |= {
            "moment": moment,
            "size": size,
            "clock": clock,
            "rate": rate,
            "instant": instant,
        }

    def make(self, template: str, language: str, values: Mapping[str, Any]) -> str:
        """The page of that template in that language."""
        words = texts.in_language(language)
        return self._environment.get_template(template).render(
            **values,
            t=words,
            say=lambda text: messages.translate(text, language),
            language=language,
        )


@cache
def shared_pages() -> Pages:
    """Those of this process: compiling a template takes ten times what filling it does, so every site shares them."""
    return Pages(Assets())


def shown(value: object) -> object:
    """A text of unknown origin without what could not be seen, or turns what is beside it."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return plain(value)
    return value


def moment(value: datetime | None) -> str:
    """A time as people read it, in UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if value else "–"


def instant(seconds: float) -> datetime:
    """Unix time as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def size(value: float | None) -> str:
    """Bytes as people read them."""
    if value is None:
        return "–"
    number = float(value)
    for unit in _UNITS:
        if number < 1000 or unit == _UNITS[-1]:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.3g} {unit}"
        number /= 1000
    raise AssertionError


def rate(value: float | None) -> str:
    """Bits per second as people read them."""
    if not value:
        return "–"
    return f"{value / 1000:.0f} kbit/s" if value < 1_000_000 else f"{value / 1_000_000:.3g} Mbit/s"


def clock(seconds: float | None) -> str:
    """A length or a place in a video."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
