"""In which language a page is: what was chosen, else what the browser asks for, else the setting."""

from collections.abc import Iterator

from starlette.requests import Request

from minivod.console.identity import TONGUE
from minivod.messages import CHINESE, ENGLISH, LANGUAGES

_MOST = 20
"""Languages of a header that are looked at."""


def of_request(request: Request, default: str) -> str:
    """One of LANGUAGES."""
    chosen = request.cookies.get(TONGUE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = sorted(_asked(request.headers.get("accept-language", "")), key=lambda one: -one[0])
    for quality, tag in wanted:
        if quality > 0 and tag.partition("-")[0] in ("zh", "en"):
            return CHINESE if tag.startswith("zh") else ENGLISH
    return default


def _asked(header: str) -> Iterator[tuple[float, str]]:
    """Quality and tag of each language (RFC 9110 §12.5.4)."""
    for one in header.split(",")[:_MOST]:
        tag, _, parameter = one.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            yield float(value) if name.strip() == "q" else 1.0, tag.strip().lower()
        except ValueError:
            continue
