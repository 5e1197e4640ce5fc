"""What a client of HTTPS finds at an address: who speaks what there, and why its certificate is not trusted."""

import socket
import ssl
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from minivod.certificates import Unusable, is_address
from minivod.serving.tls import make_context
from minivod.urls import SCHEMES

_SECONDS = 5.0
_ASK = b"HEAD /healthz HTTP/1.0\r\n\r\n"
_ALERT = b"\x15\x03"
"""What an answer of TLS to plain HTTP begins with, where the server says no more."""
_OURS = b"This port speaks HTTPS"
_EXPIRED, _NOT_YET, _NO_NAME, _NO_ADDRESS = 10, 9, 62, 64
_UNTRUSTED = {18, 19, 20, 21}
"""OpenSSL's codes of X509_verify_cert_error_string(3): self-signed, self-signed in the chain, no issuer (two)."""


class Finding(NamedTuple):
    """Whether it is well, and in words."""

    well: bool
    words: str


def at(url: str, ca: Path | None) -> Finding:
    """What is wrong at the URL of a server, or nothing.

    Args:
        url: as a client calls it, `https://host:port` or `http://…`.
        ca: what the client trusts; None: the system's list.

    Raises:
        ValueError: no such URL.
    """
    scheme, host, port = _parts(url)
    context = _trusting(ca)
    try:
        return _by_tls(host, port, context, ca) if scheme == "https" else _by_plain(host, port)
    except TimeoutError:
        return Finding(False, f"nobody answers at {host}:{port} within {_SECONDS:g} s")
    except OSError as error:
        return Finding(False, f"{host}:{port} cannot be reached: {error.strerror or error}")


def _parts(url: str) -> tuple[str, str, int]:
    wrong = ValueError(f"{url!r} is not a URL like https://vod.example.com:9443")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:  # brackets, or a port
        raise wrong from None
    if parts.scheme not in SCHEMES or not parts.hostname or not port:
        raise wrong
    return parts.scheme, parts.hostname, port


def pair(cert: Path, key: Path, host: str, ca: Path | None) -> Finding:
    """What clients that call the host would find of these files, without a server: a handshake in memory.

    Raises:
        Unusable: the files cannot serve at all.
    """
    server_context = make_context(cert, key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = _trusting(ca).wrap_bio(to_client, to_server, server_hostname=host)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return Finding(False, _untrusted(error, host, ca))
    return Finding(True, f"clients that call {host} trust it")


def _by_tls(host: str, port: int, context: ssl.SSLContext, ca: Path | None) -> Finding:
    try:
        with (
            socket.create_connection((host, port), _SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host) as secure,
        ):
            return Finding(True, f"{secure.version()}, and the certificate is trusted for {host}")
    except ssl.SSLCertVerificationError as error:
        return Finding(False, _untrusted(error, host, ca))
    except (ssl.SSLError, ConnectionResetError) as error:
        if _said(host, port).startswith(b"HTTP/"):
            return Finding(
                False, f"{host}:{port} speaks plain HTTP; call it by http://, or the port of HTTPS (tls_port)"
            )
        reason = (getattr(error, "reason", None) or "the connection was reset").lower().replace("_", " ")
        return Finding(False, f"{host}:{port} speaks no TLS that can be used: {reason}")


def _by_plain(host: str, port: int) -> Finding:
    said = _said(host, port)
    refused = said.startswith(_ALERT) or _OURS in said or b"HTTPS" in said.partition(b"\n")[0]
    if refused or (not said and _speaks_tls(host, port)):
        return Finding(False, f"{host}:{port} speaks HTTPS; call it by https://, or the port of HTTP (port)")
    if not said.startswith(b"HTTP/"):
        return Finding(False, f"{host}:{port} answers something else than HTTP")
    return Finding(True, f"{host}:{port} speaks HTTP")


def _speaks_tls(host: str, port: int) -> bool:
    """Whether anybody shakes hands there, whoever it is: most servers of TLS say nothing to plain HTTP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), _SECONDS) as connection, context.wrap_socket(connection):
            return True
    except OSError:
        return False


def _said(host: str, port: int) -> bytes:
    """The beginning of what is answered to plain HTTP."""
    with socket.create_connection((host, port), _SECONDS) as connection:
        connection.sendall(_ASK)
        said = b""
        while len(said) < 1024:
            try:
                piece = connection.recv(1024)
            except ConnectionResetError:
                break
            if not piece:
                break
            said += piece
        return said


def _trusting(ca: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError) as error:
            raise Unusable(f"the CAs of {ca} cannot be read: {error.strerror or error}") from None
    return context


def _untrusted(error: ssl.SSLCertVerificationError, host: str, ca: Path | None) -> str:
    code = error.verify_code
    if code == _EXPIRED:
        return "the certificate has expired; renew it (`minivod tls renew`, if it is of your own CA)"
    if code == _NOT_YET:
        return "the certificate is not valid yet; look at the clocks of both machines"
    if code in (_NO_NAME, _NO_ADDRESS):
        kind = "address" if is_address(host) else "name"
        return f"the certificate is not for the {kind} {host}; call another one, or `minivod tls init {host} …`"
    if code in _UNTRUSTED:
        known = (
            f"nor is it in {ca}" if ca else "tell the client of it (`minivod tls init` prints how), or --ca-file here"
        )
        return f"the certificate's CA is not in the system's list; {known}"
    return f"the certificate is refused: {error.verify_message}"
