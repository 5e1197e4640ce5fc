"""Which SecretKey may a client have used, when it was not the right one? What surrounds it, or stands in its place."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

_ENDS = {
    "a line feed": "\n",
    "a carriage return and a line feed": "\r\n",
    "a carriage return": "\r",
    "a space": " ",
    "a tab": "\t",
    "a no-break space": "\N{NO-BREAK SPACE}",
    "a zero-width space": "\N{ZERO WIDTH SPACE}",
    "a byte-order mark": "\N{ZERO WIDTH NO-BREAK SPACE}",
    "a comma": ",",
    "a semicolon": ";",
    "a full stop": ".",
    "a double quote": '"',
    "a single quote": "'",
    "a line feed that is written as \\n": "\\n",
    "an equals sign": "=",
}
_QUOTES = {
    "double quotes": ('"', '"'),
    "single quotes": ("'", "'"),
    "typographic quotes": ("“", "”"),
    "single typographic quotes": ("‘", "’"),
    "backquotes": ("`", "`"),
    "angle brackets": ("<", ">"),
    "braces": ("{", "}"),
}
_NOTHINGS = ("None", "null", "undefined", "nil")


def keys(secret_key: str, secret_id: str) -> Iterator[tuple[str, str]]:
    """What the client may use, in words, and the key that it is."""
    for name, end in _ENDS.items():
        yield f"uses a SecretKey with {name} at its end", secret_key + end
        yield f"uses a SecretKey with {name} at its beginning", end + secret_key
    for name, (opening, closing) in _QUOTES.items():
        yield f"uses a SecretKey in {name}", f"{opening}{secret_key}{closing}"
    yield "uses a SecretKey in lower case", secret_key.lower()
    yield "uses a SecretKey in upper case", secret_key.upper()
    yield "uses an empty SecretKey", ""
    for word in _NOTHINGS:
        yield "uses a SecretKey that was never read: a word for nothing stands in its place", word
    yield "uses a SecretKey whose first letter is missing", secret_key[1:]
    yield "uses a SecretKey whose last letter is missing", secret_key[:-1]
    yield "uses a SecretKey that was pasted twice", secret_key * 2
    yield "uses a SecretKey in base64", base64.b64encode(secret_key.encode()).decode()
    yield "uses a SecretKey that is URL-encoded, with a line feed at its end", secret_key + quote("\n")
    yield "uses the SecretId as the SecretKey too", secret_id
    yield "uses SecretId and SecretKey together as the SecretKey", f"{secret_id}:{secret_key}"
