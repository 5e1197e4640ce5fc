"""The language that a browser asks for, by its header Accept-Language (RFC 9110 §12.5.4)."""

from collections.abc import Iterator

from minivod.messages import CHINESE, ENGLISH

_MOST = 20
"""Languages of a header that are looked at."""
_BY_TAG = {"zh": CHINESE, "en": ENGLISH}


def language_of(header: str) -> str:
    """The one of LANGUAGES that is wanted most, whatever its script or country; empty: none is."""
    for quality, tag in sorted(_asked(header), key=lambda one: -one[0]):
        if quality > 0 and tag in _BY_TAG:
            return _BY_TAG[tag]
    return ""


def _asked(header: str) -> Iterator[tuple[float, str]]:
    """Quality and first part of each language; what makes no sense is passed over."""
    for one in header.split(",")[:_MOST]:
        tag, _, parameter = one.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            yield float(value) if name.strip().lower() == "q" else 1.0, tag.strip().lower().partition("-")[0]
        except ValueError:
            continue
