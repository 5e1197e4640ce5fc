"""Why was a request not authenticated? The logic of `minivod doctor signature`; it answers the operator alone."""

import hmac
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

import msgspec

from minivod import ids
from minivod.api import hypotheses, request, signature_v3
from minivod.api.authentication import WINDOW, is_unsigned
from minivod.api.failures import REDACTED, FailedSignature
from minivod.api.hypotheses import Hypothesis, SignedV1, SignedV3
from minivod.api.request import Call, HttpRequest, OldSignature
from minivod.api.signature_v3 import Authorization
from minivod.errors import TokenFailure, WireError, shorten
from minivod.store.accounts import AccessKey


class CaptureError(ValueError):
    """The text is not an HTTP request: request line, headers, empty line, body."""


class Diagnosis(msgspec.Struct, kw_only=True):
    """What was found.

    Attributes:
        verdict: `valid`, `refused` (for a reason beside the signature), `mismatch`, or `unreadable`.
        causes: in words, the most telling first.
        canonical_request, string_to_sign: as this server builds them; empty where they cannot be built.
        signature: that the caller sent.
    """

    verdict: Literal["valid", "refused", "mismatch", "unreadable"]
    causes: list[str]
    canonical_request: str = ""
    string_to_sign: str = ""
    signature: str = ""

    def render(self) -> str:
        """The diagnosis as text for a terminal."""
        headlines = {
            "valid": "The signature is right and nothing else is wrong with the authentication.",
            "refused": "The signature is right, but the request is refused all the same:",
            "mismatch": "The signature is wrong:",
            "unreadable": "The request cannot be checked:",
        }
        lines = [headlines[self.verdict], *[f"  - {cause}" for cause in self.causes]]
        for title, text in (
            ("Canonical request, as this server builds it", self.canonical_request),
            ("String to sign, as this server builds it", self.string_to_sign),
            ("Signature that was sent", self.signature),
        ):
            if text:
                lines += ["", f"{title}:", *[f"  | {line}" for line in text.split("\n")]]
        return "\n".join(lines) + "\n"


def parse_capture(raw: bytes) -> HttpRequest:
    """Reads a captured request: request line, headers, an empty line, the body.

    Raises:
        CaptureError: not of that form.
    """
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    head, _, body = raw.partition(separator)
    first, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
    words = first.split()
    if len(words) < 2 or not words[0].isalpha():
        raise CaptureError("the first line must be a request line such as POST / HTTP/1.1")
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name.strip():
            raise CaptureError(f"{shorten(line.decode('utf-8', 'backslashreplace'))} is not a header: Name: value")
        headers.append((name.strip().lower(), value.strip()))
    target = words[1]
    if target.startswith((b"http://", b"https://")):
        target = b"/" + target.split(b"/", 3)[3] if target.count(b"/") > 2 else b"/"
    path, _, query = target.partition(b"?")
    http = request.read_head(words[0].decode(), path.decode("latin-1"), query, headers)
    length = http.headers.get("content-length", "")
    http.body = body[: int(length)] if length.isascii() and length.isdigit() else body
    return http


def secret_id_of(http: HttpRequest) -> str | None:
    """The SecretId that a request names, or None where it cannot be read."""
    try:
        return request.parse(http).credentials.secret_id
    except WireError:
        return None


def diagnose(
    http: HttpRequest, key: AccessKey | None, *, now: float, strict: bool = False, allow_unsigned_payload: bool = True
) -> Diagnosis:
    """Examines a captured request.

    Args:
        http: from `parse_capture`.
        key: of the SecretId that it names (`secret_id_of`), None where there is none.
        now: Unix time, seconds, at which it was, or is to be, received.
        strict: the setting `strict_signature`.
        allow_unsigned_payload: the setting of that name.
    """
    return _Examination(http, key, now, strict, allow_unsigned_payload).result()


def diagnose_record(
    record: FailedSignature, key: AccessKey | None, *, strict: bool = False, allow_unsigned_payload: bool = True
) -> Diagnosis:
    """Examines the record of a request that failed; see `diagnose`."""
    http = restore(record, key)
    examination = _Examination(http, key, record.server_time, strict, allow_unsigned_payload)
    if not record.form:
        examination.hashed_payload = record.hashed_payload
    found = examination.result()
    if found.verdict == "valid" and record.code == TokenFailure.code:  # the token that was sent is not kept
        found.verdict, found.causes = "refused", [record.message]
    return found


def restore(record: FailedSignature, key: AccessKey | None) -> HttpRequest:
    """The request of a record; a token that was redacted is taken from the key."""
    token = key.token if key and key.token else REDACTED
    headers = {name: token if value == REDACTED else value for name, value in record.headers.items()}
    texts = [
        text.replace(f"Token={REDACTED}", f"Token={quote(token, safe='')}") for text in (record.query, record.form)
    ]
    query, form = (text.encode() for text in texts)
    return HttpRequest(record.method, record.path, query, headers, frozenset(record.repeated), form)


class _Examination:
    """One request under examination."""

    def __init__(self, http: HttpRequest, key: AccessKey | None, now: float, strict: bool, unsigned: bool) -> None:
        self.http = http
        self.key = key
        self.now = now
        self.strict = strict
        self.allow_unsigned = unsigned
        self.hashed_payload: str | None = None

    def result(self) -> Diagnosis:
        try:
            request.check_head(self.http)
            call = request.parse(self.http)
        except WireError as error:
            return Diagnosis(verdict="unreadable", causes=[f"{error.code}: {error.message}"])
        found = self._examine_v3(call) if isinstance(call.credentials, Authorization) else self._examine_v1(call)
        refusals = [*self._scope(call), *self._clock(call), *self._key_state(call)]
        found.causes += refusals
        if found.verdict == "valid" and refusals:
            found.verdict = "refused"
        return found

    def _scope(self, call: Call) -> list[str]:
        credentials = call.credentials
        if not isinstance(credentials, Authorization):
            return []
        causes = []
        if credentials.service not in signature_v3.services(self.http.headers.get("host", "")):
            causes.append(f"Credential names the service {shorten(credentials.service)}; it must be 'vod'")
        day = signature_v3.date_of(call.timestamp)
        if credentials.date != day:
            causes.append(f"Credential names the date {credentials.date}; the UTC day of the timestamp is {day}")
        if self.strict and "x-tc-action" not in credentials.signed_headers:
            causes.append("X-TC-Action is not among SignedHeaders; the setting strict_signature requires it")
        if is_unsigned(call) and not self.allow_unsigned:
            causes.append("the body is not signed; the setting allow_unsigned_payload refuses that")
        return causes

    def _clock(self, call: Call) -> list[str]:
        difference = call.timestamp - self.now
        if abs(difference) <= WINDOW:
            return []
        where = "behind" if difference < 0 else "ahead of"
        return [
            f"the caller's clock is {abs(difference):.0f} s {where} the server's (or the request was kept that long); "
            f"{WINDOW} s are accepted"
        ]

    def _key_state(self, call: Call) -> list[str]:
        secret_id, key = call.credentials.secret_id, self.key
        if key is None:
            hint = "" if ids.SECRET_ID.fullmatch(secret_id) else ", nor does it have the form of a key of this server"
            return [f"SecretId {shorten(secret_id)} does not exist here{hint}; `minivod keys list` shows those that do"]
        causes = []
        if not key.enabled:
            causes.append("the key is disabled")
        if not key.account_enabled:
            causes.append(f"the account {key.app_id} is disabled")
        if key.token and not call.token:
            causes.append("the key is a temporary one, but the request has no token (X-TC-Token, or Token)")
        elif not key.token and call.token:
            causes.append("the request has a token, but the key is a permanent one")
        elif key.token and not hmac.compare_digest(signature_v3.to_bytes(call.token), key.token.encode()):
            causes.append("the token is not the one of this temporary key")
        if key.expires_at is not None and key.expires_at.timestamp() <= self.now:
            causes.append(f"the temporary key expired at {key.expires_at.isoformat()}")
        return causes

    def _examine_v3(self, call: Call) -> Diagnosis:
        credentials = call.credentials
        assert isinstance(credentials, Authorization)  # noqa: S101 - the caller looked
        unsigned, http = is_unsigned(call), self.http
        hashed = self.hashed_payload or signature_v3.payload_hash(http.body)
        try:
            variants = list(signature_v3.signed_variants(credentials, http.headers))
        except WireError as error:
            return Diagnosis(verdict="unreadable", causes=[f"{error.code}: {error.message}"])
        views = [
            SignedV3(
                method=http.method,
                query=http.query.decode("utf-8", "surrogateescape"),
                headers=dict(headers),
                hashed_payload=signature_v3.payload_hash(b"", unsigned=True) if unsigned else hashed,
                timestamp=call.timestamp_text,
                date=credentials.date,
                service=credentials.service,
                secret_key=self.key.secret_key if self.key else "",
            )
            for headers in variants
        ]
        body = None if self.hashed_payload else http.body
        found = self._compare(
            credentials.signature,
            [view.signature for view in views],
            [guess for view in views for guess in hypotheses.v3(view, http.headers, body)],
        )
        found.canonical_request = _visible(views[0].canonical_request())
        found.string_to_sign = _visible(views[0].string_to_sign())
        if found.verdict == "mismatch" and not found.causes:
            found.causes.append(
                "no common mistake explains it. Compare the two texts below with what the client built: if the "
                "canonical requests differ, the first line that differs is the cause (its last line is the hash of the "
                "body); if both texts are equal, the SecretKey differs"
            )
        return found

    def _examine_v1(self, call: Call) -> Diagnosis:
        credentials = call.credentials
        assert isinstance(credentials, OldSignature)  # noqa: S101 - the caller looked
        views = [
            SignedV1(
                method=self.http.method,
                host=host,
                fields=credentials.fields,
                signature_method=credentials.method,
                secret_key=self.key.secret_key if self.key else "",
            )
            for host in signature_v3.hosts(self.http.headers.get("host", ""))
        ]
        guesses = [guess for view in views for guess in hypotheses.v1(view, self.http.headers)]
        sent = credentials.signature
        found = self._compare(sent, [view.signature for view in views], guesses)
        repaired = sent.replace(" ", "+")
        if found.verdict == "mismatch" and repaired in {view.signature() for view in views}:
            found.causes.insert(0, "Signature was not URL-encoded: each + in it arrived as a space")
        found.string_to_sign = _visible(_redacted(views[0], call.token).string_to_sign())
        if found.verdict == "mismatch" and not found.causes:
            found.causes.append(
                "no common mistake explains it. Compare the string to sign below with the client's; if they are equal, "
                "the SecretKey differs"
            )
        return found

    def _compare(self, sent: str, right: list[Callable[[], str]], guesses: list[Hypothesis]) -> Diagnosis:
        """Which computation gives the signature that was sent?"""
        given = signature_v3.to_bytes(sent)

        def matches(signature: Callable[[], str]) -> bool:
            return hmac.compare_digest(signature().encode(), given)

        if self.key is None:
            return Diagnosis(verdict="mismatch", causes=[], signature=_visible(sent))
        if any(matches(signature) for signature in right):
            return Diagnosis(verdict="valid", causes=[], signature=_visible(sent))
        causes = [f"the client {words}" for words, signature in guesses if matches(signature)]
        return Diagnosis(verdict="mismatch", causes=list(dict.fromkeys(causes)), signature=_visible(sent))


def _redacted(signed: SignedV1, token: str) -> SignedV1:
    """Without the token, which is a secret."""
    if not token:
        return signed
    fields = [(name, REDACTED if name == "Token" else value) for name, value in signed.fields]
    return msgspec.structs.replace(signed, fields=fields)


def _visible(text: str) -> str:
    """Text that every terminal can show: bytes that are not UTF-8 and control characters as escapes."""
    shown = signature_v3.to_bytes(text).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in shown)
