"""In which language a page is: what was chosen, else what the browser asks for, else the setting."""

from starlette.requests import Request

from minivod.console.identity import TONGUE
from minivod.messages import LANGUAGES
from minivod.messages.accepted import language_of


def of_request(request: Request, default: str) -> str:
    """One of LANGUAGES."""
    chosen = request.cookies.get(TONGUE, "")
    return chosen if chosen in LANGUAGES else language_of(request.headers.get("accept-language", "")) or default
