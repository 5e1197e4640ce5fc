"""The TLS of the server: its context, made anew when the files of certificate or key change."""

import asyncio
import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

import structlog

from minivod import certificates
from minivod.certificates import Unusable
from minivod.clock import Clock

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks at the files; a change counts when two looks find the same."""

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption (RFC 9325 §4.2). Those of TLS 1.3 are all good."""

Stamp = tuple[tuple[int, ...], ...]


def make_context(cert: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and 1.3 with that certificate; for HTTP/1.1 and nothing else.

    Args:
        cert: PEM, the server's own certificate first, then those between it and the CA.
        key: PEM, not encrypted; may be the same file.

    Raises:
        Unusable: they cannot be read, are no ordinary files, or do not belong together.
    """
    certificates.read(cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    try:
        certificates.check_file(key)
        context.load_cert_chain(cert, key, password=_no_password)
    except ssl.SSLError as error:
        raise Unusable(_fault(cert, key, error)) from None
    except OSError as error:
        raise Unusable(f"the key {key} cannot be read: {error.strerror}") from None
    except _Encrypted:
        raise Unusable(f"the key {key} is encrypted; the server needs it without a passphrase") from None
    return context


class Certificates:
    """The context for new connections. Connections that are there keep theirs."""

    def __init__(self, cert: Path, key: Path, clock: Clock) -> None:
        """Loads them; when that fails, the log says why, and there is no context until the files are mended."""
        self._cert = cert
        self._key = key
        self._clock = clock
        self._loaded = self._seen = self._stamp()
        self._begins: datetime | None = None  # of a certificate that was refused because it came before its time
        self.context: ssl.SSLContext | None = None
        self._load()

    async def watch(self) -> None:
        """Looks at the files for ever. Symbolic links are followed, so that swapped ones are noticed."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.to_thread(self.look)
            except Exception:  # whatever it is, the next change must be noticed
                log.exception("tls_look_failed")

    def look(self) -> None:
        """Loads the files if they have changed, and no more are changing: certificate and key come one by one."""
        stamp = self._stamp()
        begun = self._begins is not None and self._begins <= self._now()
        if stamp == self._seen and (stamp != self._loaded or begun):
            self._loaded = stamp
            self._load()
        self._seen = stamp

    def _load(self) -> None:
        self._begins = None
        try:
            context = make_context(self._cert, self._key)
            own = certificates.read(self._cert)
            fault = own.fault_at(self._now())
            if fault and self.context is not None:
                self._begins = own.begins if self._now() < own.begins else None
                raise Unusable(f"the certificate {self._cert} is refused: {fault}")
        except Unusable as error:
            log.error("tls_certificate_refused", reason=str(error), served="the one before" if self.context else "none")
            return
        self.context = context
        log.info("tls_certificate", names=own.names, ends=certificates.shown(own.ends))
        if fault:
            log.error("tls_certificate_invalid", reason=f"{self._cert}: {fault}")
        if not own.names:
            log.error("tls_certificate_invalid", reason=f"{self._cert}: {certificates.NAMELESS}")
        if words := certificates.open_to_others(self._key):
            log.warning("tls_key_open", reason=words)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def _stamp(self) -> Stamp:
        """What tells one state of the files from another."""
        return tuple(_stamp_of(path) for path in (self._cert, self._key))


class _Encrypted(Exception):
    """A passphrase is asked for."""


def _no_password() -> str:
    """In place of a question on the terminal."""
    raise _Encrypted


def _stamp_of(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)  # noqa: PTH116 - all of it in one call, links followed
    except OSError as error:
        return (error.errno or 0,)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _fault(cert: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key {key} is not that of the first certificate in {cert}; the server's own must come first"
    reason = f" ({error.reason.lower().replace('_', ' ')})" if error.reason else ""
    return f"{cert} and {key} cannot be used: no private key in PEM, or a certificate that is refused{reason}"
