"""Why was a request not authenticated? The logic of `minivod doctor signature`; it answers the operator alone."""

import hmac
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

import msgspec

from minivod import secret_ids
from minivod.api import host_guesses, hypotheses, redaction, request, signature_v3
from minivod.api.authentication import WINDOW, is_unsigned
from minivod.api.captured import restore
from minivod.api.failures import FailedSignature
from minivod.api.hypotheses import HostHypothesis, Hypothesis, SignedV1, SignedV3
from minivod.api.request import Call, HttpRequest, OldSignature
from minivod.api.signature_v3 import Authorization
from minivod.errors import TokenFailure, WireError
from minivod.store.accounts import AccessKey

Signed = TypeVar("Signed", SignedV3, SignedV1)


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


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What this server knows, beside the request.

    Attributes:
        key: of the SecretId that the request names (`captured.secret_id_of`), None where there is none.
        others: keys whose SecretKey the client may have used, or taken for its SecretId.
        hosts: by which clients call the server, with their ports, such as that of the setting `public_url`.
        strict: the setting `strict_signature`.
        allow_unsigned_payload: the setting of that name.
    """

    key: AccessKey | None
    others: Sequence[AccessKey] = ()
    hosts: Sequence[str] = ()
    strict: bool = False
    allow_unsigned_payload: bool = True


def diagnose(http: HttpRequest, known: Known, *, now: float) -> Diagnosis:
    """Examines a captured request.

    Args:
        http: from `captured.parse_capture`.
        known: to the server.
        now: Unix time, seconds, at which it was, or is to be, received.
    """
    return _Examination(http, known, now).result()


def diagnose_record(record: FailedSignature, known: Known) -> Diagnosis:
    """Examines the record of a request that failed; see `diagnose`."""
    http = restore(record, known.key)
    examination = _Examination(http, known, record.server_time)
    if not record.form:
        examination.hashed_payload = record.hashed_payload
    found = examination.result()
    if found.verdict == "valid" and record.code == TokenFailure.code:  # the token that was sent is not kept
        found.verdict, found.causes = "refused", [record.message]
    return found


class _Examination:
    """One request under examination."""

    def __init__(self, http: HttpRequest, known: Known, now: float) -> None:
        self.http = http
        self.known = known
        self.key = known.key
        self.now = now
        self.hashed_payload: str | None = None

    def result(self) -> Diagnosis:
        try:
            request.check_head(self.http)
            call = request.parse(self.http)
            found = self._examine_v3(call) if isinstance(call.credentials, Authorization) else self._examine_v1(call)
        except WireError as error:
            return Diagnosis(verdict="unreadable", causes=[f"{error.code}: {error.message}"])
        named = self._secret_id(call)
        refusals = [*self._scope(call), *self._clock(call), *self._key_state(call)]
        found.causes = [*named, *found.causes, *refusals]
        if found.verdict == "valid" and found.causes:
            found.verdict = "refused"
        return found

    def _scope(self, call: Call) -> list[str]:
        credentials = call.credentials
        if not isinstance(credentials, Authorization):
            return []
        causes = []
        if credentials.service not in signature_v3.services(self.http.headers.get("host", "")):
            causes.append(
                f"Credential names the service {signature_v3.shown_service(credentials.service)}; it must be 'vod'"
            )
        day = signature_v3.date_of(call.timestamp)
        if credentials.date != day:
            causes.append(f"Credential names the date {credentials.date}; the UTC day of the timestamp is {day}")
        if self.known.strict and "x-tc-action" not in credentials.signed_headers:
            causes.append("X-TC-Action is not among SignedHeaders; the setting strict_signature requires it")
        if is_unsigned(call) and not self.known.allow_unsigned_payload:
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

    def _secret_id(self, call: Call) -> list[str]:
        """What is wrong with the SecretId itself."""
        text = call.credentials.secret_id
        for other in self.known.others if self.key is None else ():
            if self._is_swapped(call, other):
                return [
                    f"SecretId and SecretKey are swapped: the request names the SecretKey of {other.secret_id} as its "
                    "SecretId; it was sent over the network, so replace the key (`minivod keys create`, `minivod keys "
                    "disable`)"
                ]
        causes = []
        if words := secret_ids.fault(text):
            causes.append(f"SecretId {secret_ids.shown(text)}: {words}")
        if self.key is None and secret_ids.is_presentable(text):
            name = repr(secret_ids.bare(text))
            causes.append(f"SecretId {name} does not exist here; `minivod keys list` shows those that do")
        return causes

    def _is_swapped(self, call: Call, other: AccessKey) -> bool:
        """Whether the request names that key's SecretKey and is signed with its SecretId."""
        credentials = call.credentials
        named = signature_v3.to_bytes(secret_ids.bare(credentials.secret_id))
        if hmac.compare_digest(named, other.secret_key.encode()):
            return True
        given = signature_v3.to_bytes(credentials.signature)
        views: Sequence[SignedV3 | SignedV1]
        if isinstance(credentials, Authorization):
            views = self._views_v3(call, credentials, other.secret_id)
        else:  # the record hides the value that was signed
            text = credentials.secret_id.replace(secret_ids.bare(credentials.secret_id) or " ", other.secret_key)
            fields = [(name, text if name == "SecretId" else value) for name, value in credentials.fields]
            views = self._views_v1(msgspec.structs.replace(credentials, fields=fields), other.secret_id)
        return any(hmac.compare_digest(view.signature().encode(), given) for view in views)

    def _key_state(self, call: Call) -> list[str]:
        key = self.key
        if key is None:
            return []
        causes = []
        if not key.enabled:
            causes.append(f"the key {key.secret_id} is disabled; `minivod keys create` makes another")
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

    def _views_v3(self, call: Call, credentials: Authorization, secret_key: str) -> list[SignedV3]:
        """What goes into the signature, in each of the ways that are accepted; raises InvalidAuthorization."""
        http = self.http
        hashed = self.hashed_payload or signature_v3.payload_hash(http.body)
        return [
            SignedV3(
                method=http.method,
                query=http.query.decode("utf-8", "surrogateescape"),
                headers=dict(headers),
                hashed_payload=signature_v3.payload_hash(b"", unsigned=True) if is_unsigned(call) else hashed,
                timestamp=call.timestamp_text,
                date=credentials.date,
                service=credentials.service,
                secret_key=secret_key,
            )
            for headers in signature_v3.signed_variants(credentials, http.headers)
        ]

    def _examine_v3(self, call: Call) -> Diagnosis:
        credentials = call.credentials
        assert isinstance(credentials, Authorization)  # noqa: S101 - the caller looked
        views = self._views_v3(call, credentials, self.key.secret_key if self.key else "")
        body = None if self.hashed_payload else self.http.body
        sent, hosts, secret_id = self.http.headers, self.known.hosts, self.key.secret_id if self.key else ""
        found = self._compare(
            credentials.signature,
            [view.signature for view in views],
            [guess for view in views for guess in hypotheses.v3(view, sent, body, hosts, secret_id)]
            + self._of_other_keys(views),
            hypotheses.v3_ports(views[0], sent, hosts),
        )
        shown = redacted(views[0])
        found.canonical_request = _visible(shown.canonical_request())
        found.string_to_sign = _visible(shown.string_to_sign(views[0].canonical_request()))
        if found.verdict == "mismatch" and not found.causes and self.key:
            found.causes.append(
                "no common mistake explains it. Compare the two texts below with what the client built: if the "
                "canonical requests differ, the first line that differs is the cause (its last line is the hash of the "
                f"body); if both texts are equal, the SecretKey differs{host_guesses.advice(sent, hosts)}"
            )
        return found

    def _views_v1(self, credentials: OldSignature, secret_key: str) -> list[SignedV1]:
        return [
            SignedV1(
                method=self.http.method,
                host=host,
                fields=credentials.fields,
                signature_method=credentials.method,
                secret_key=secret_key,
            )
            for host in signature_v3.hosts(self.http.headers.get("host", ""))
        ]

    def _examine_v1(self, call: Call) -> Diagnosis:
        credentials = call.credentials
        assert isinstance(credentials, OldSignature)  # noqa: S101 - the caller looked
        views = self._views_v1(credentials, self.key.secret_key if self.key else "")
        headers, hosts, secret_id = self.http.headers, self.known.hosts, self.key.secret_id if self.key else ""
        sent = credentials.signature
        found = self._compare(
            sent,
            [view.signature for view in views],
            [guess for view in views for guess in hypotheses.v1(view, headers, hosts, secret_id)]
            + self._of_other_keys(views),
            hypotheses.v1_ports(views[0], headers, hosts),
        )
        repaired = sent.replace(" ", "+")
        if found.verdict == "mismatch" and self.key and repaired in {view.signature() for view in views}:
            found.causes.insert(0, "Signature was not URL-encoded: each + in it arrived as a space")
        found.string_to_sign = _visible(redacted(views[0]).string_to_sign())
        if found.verdict == "mismatch" and not found.causes and self.key:
            found.causes.append(
                "no common mistake explains it. Compare the string to sign below with the client's; if they are equal, "
                f"the SecretKey differs{host_guesses.advice(headers, hosts)}"
            )
        return found

    def _of_other_keys(self, views: Sequence[SignedV3] | Sequence[SignedV1]) -> list[Hypothesis]:
        """Who has two keys takes the SecretId of the one and the SecretKey of the other."""
        return [
            (
                f"uses the SecretKey of {other.secret_id}, which is another key of this server",
                msgspec.structs.replace(view, secret_key=other.secret_key).signature,
            )
            for other in self.known.others
            for view in views
        ]

    def _compare(
        self, sent: str, right: list[Callable[[], str]], guesses: list[Hypothesis], last: Iterable[HostHypothesis]
    ) -> Diagnosis:
        """Which computation gives the signature that was sent? The `last` ones are many."""
        given = signature_v3.to_bytes(sent)

        def matches(signature: Callable[[], str]) -> bool:
            return hmac.compare_digest(signature().encode(), given)

        shown = _visible(redaction.signature(sent))
        if self.key is None:
            return Diagnosis(verdict="mismatch", causes=[], signature=shown)
        if any(matches(signature) for signature in right):
            return Diagnosis(verdict="valid", causes=[], signature=shown)
        causes = [f"the client {words}" for words, signature in guesses if matches(signature)]
        if not causes:
            headers, hosts = self.http.headers, self.known.hosts
            found = itertools.islice((host for host, signature in last if matches(signature)), 1)
            causes = [f"the client {host_guesses.of_port(headers, hosts, host)}" for host in found]
        return Diagnosis(verdict="mismatch", causes=list(dict.fromkeys(causes)), signature=shown)


def redacted(signed: Signed) -> Signed:
    """Without what may be a secret."""
    if isinstance(signed, SignedV1):
        fields = [(name, redaction.parameter(name, value)) for name, value in signed.fields]
        return msgspec.structs.replace(signed, fields=fields)
    headers, query = redaction.headers(signed.headers), redaction.fields(signed.query)
    return msgspec.structs.replace(signed, headers=headers, query=query, service=redaction.service(signed.service))


def _visible(text: str) -> str:
    """Text that every terminal can show: bytes that are not UTF-8 and control characters as escapes."""
    shown = signature_v3.to_bytes(text).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in shown)
