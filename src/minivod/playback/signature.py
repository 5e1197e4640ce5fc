"""Links with a signature, as the Key hotlink protection of the reference has them (contract.md §7).

The formula joins its members without marks between them, so characters could wander from one member into the next and
leave the digest as it is. `t` therefore has exactly eight digits here, and links of our own end `us` with the limits:
`72d4cd1101~300~3` is good for `exper` 300 and `rlimit` 3 alone.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit, urlunsplit

import msgspec

GRACE_SECONDS = 300
"""How long after its `t` a link still plays, because clocks differ (field.md §1.1)."""
MEMBERS = ("t", "exper", "rlimit", "us")
SIGN = "sign"

_T = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_EXPER = re.compile(r"(0|[1-9][0-9]{0,6})?", re.ASCII)
_RLIMIT = re.compile(r"[0-9]?", re.ASCII)
_BOUND = re.compile(r"~([0-9]*)~([0-9]*)\Z", re.ASCII)
_LONGEST_US = 128


class InvalidLink(Exception):
    """The link does not play; the message says which member is wrong, to who has the key and to nobody else."""


class Link(msgspec.Struct, frozen=True):
    """The signed members as they are written, absent ones empty.

    `t` is the expiry, Unix time in hex; `exper` the seconds of a try-out, `rlimit` how many addresses may play it (0
    and empty: no limit); `us` is any text that tells links apart.
    """

    t: str
    exper: str = ""
    rlimit: str = ""
    us: str = ""

    @property
    def expires(self) -> int:
        """Unix time, seconds."""
        return int(self.t, 16)

    @property
    def seconds(self) -> int:
        """Of the try-out; 0: all of it plays."""
        return int(self.exper or "0")

    @property
    def viewers(self) -> int:
        """How many addresses may play it; 0: any number."""
        return int(self.rlimit or "0")


def signature(key: str, directory: str, link: Link) -> str:
    """The value of `sign`: `directory` is the path of the URL up to its last slash, with both slashes."""
    text = f"{key}{directory}{link.t}{link.exper}{link.rlimit}{link.us}"
    return hashlib.md5(text.encode(errors="replace"), usedforsecurity=False).hexdigest()


def verify(key: str, directories: Sequence[str], query: Iterable[tuple[str, str]], now: float) -> Link:
    """The members of a link whose signature is right, and whose time is not over.

    Args:
        key: of the application.
        directories: the spellings of the path's directory by which it may be signed.
        query: names and values of the URL's query; other names are ignored.
        now: Unix time, seconds.

    Raises:
        InvalidLink: it is not; the signature is computed and compared whatever else is wrong.
    """
    given: dict[str, str] = {}
    twice = ""
    for name, value in query:
        if name in MEMBERS or name == SIGN:
            twice = name if name in given else twice
            given[name] = value
    link = Link(*(given.get(name, "") for name in MEMBERS))
    sent = given.get(SIGN, "").lower().encode(errors="replace")
    right = [hmac.compare_digest(signature(key, one, link).encode(), sent) for one in directories]
    _check(link, twice)
    if not any(right):
        raise InvalidLink("sign is not that of this path and these members by the application's key")
    if now - link.expires > GRACE_SECONDS:
        raise InvalidLink(f"t has passed: {link.t} was {int(now - link.expires)} s ago")
    return link


def make(*, expires: float, exper: int = 0, rlimit: int = 0, us: str | None = None) -> Link:
    """The members of a link; `us` is made up if it is not given, and ends with the limits if there are any.

    Args:
        expires: Unix time, seconds.
        exper: seconds of a try-out; 0: all of it.
        rlimit: how many addresses may play it; 0: any number.
        us: tells links apart.

    Raises:
        InvalidLink: a member is out of its bounds.
    """
    text = secrets.token_hex(5) if us is None else us
    limits = (str(exper) if exper else "", str(rlimit) if rlimit else "")
    bound = f"~{limits[0]}~{limits[1]}" if any(limits) and not _BOUND.search(text) else ""
    link = Link(f"{max(int(expires), 0):08x}", *limits, text + bound)
    _check(link, "")
    return link


def signed_query(key: str, directory: str, link: Link) -> str:
    """The query with these members for files of that directory, in the order that the reference demands."""
    members = [(name, value) for name in MEMBERS if (value := getattr(link, name))]
    members.append((SIGN, signature(key, directory, link)))
    return "&".join(f"{name}={quote(value, safe='~')}" for name, value in members)


def directory_of(path: str) -> str:
    """What of a URL's path is signed."""
    return path[: path.rfind("/") + 1]


def signed_by(key: str, link: Link, url: str) -> str:
    """The URL with a signature, in place of any other one."""
    parts = urlsplit(url)
    others = (one for one in parts.query.split("&") if one)
    kept = [one for one in others if unquote_plus(one.partition("=")[0]) not in (*MEMBERS, SIGN)]
    return urlunsplit(parts._replace(query="&".join([*kept, signed_query(key, directory_of(parts.path), link)])))


def check_url(url: str, key: str, now: float) -> Link:
    """The members of a URL whose link plays, as far as its signature goes; raises InvalidLink as `verify`."""
    parts = urlsplit(url)
    return verify(key, [directory_of(parts.path)], parse_qsl(parts.query, keep_blank_values=True), now)


def _check(link: Link, twice: str) -> None:
    """Refuses members that are not what they have to be, whatever the signature says."""
    if twice:
        raise InvalidLink(f"{twice} is given more than once")
    if not _T.fullmatch(link.t):
        raise InvalidLink("t must be the Unix time of the expiry as 8 hexadecimal digits, such as 6a4b3c2d")
    if not _EXPER.fullmatch(link.exper):
        raise InvalidLink("exper must be a number of seconds, at most 9999999, without zeros in front")
    if not _RLIMIT.fullmatch(link.rlimit):
        raise InvalidLink("rlimit must be one digit, 0 to 9")
    if len(link.us) > _LONGEST_US or not link.us.isprintable():
        raise InvalidLink(f"us must be at most {_LONGEST_US} characters, all of them printable")
    bound = _BOUND.search(link.us)
    if bound and bound.groups() != (link.exper, link.rlimit):
        raise InvalidLink("exper or rlimit is not the one that us ends with")
