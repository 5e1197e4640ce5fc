"""Certificates of TLS as files: which hosts they are for, when they end, and what is wrong with them."""

import ipaddress
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509


class Unusable(Exception):
    """A certificate or key cannot serve; the message names the file and what is wrong with it, and nothing of it."""


@dataclass(frozen=True)
class Certificate:
    """The server's own certificate, the first of its file.

    Attributes:
        names: DNS names and IP addresses that it is for, in their order.
        begins: when it begins to be valid.
        ends: when it ceases to be.
    """

    names: tuple[str, ...]
    begins: datetime
    ends: datetime

    def fault_at(self, moment: datetime) -> str:
        """What is wrong with its time then; empty when nothing is."""
        if moment < self.begins:
            return f"it is valid from {shown(self.begins)} on"
        if moment >= self.ends:
            return f"it expired on {shown(self.ends)}"
        return ""


def read(path: Path) -> Certificate:
    """The certificate of a PEM file.

    Raises:
        Unusable: the file cannot be read, or has no certificate.
    """
    from cryptography import x509  # takes memory, which a server without TLS need not have

    try:
        first = x509.load_pem_x509_certificates(path.read_bytes())[0]
        names = _names(first)
    except OSError as error:
        raise Unusable(f"the certificate {path} cannot be read: {error.strerror}") from None
    except Exception:  # the library has errors of many kinds for what it does not understand
        raise Unusable(f"{path} holds no certificate in PEM that can be read (-----BEGIN CERTIFICATE-----)") from None
    return Certificate(names, first.not_valid_before_utc, first.not_valid_after_utc)


def open_to_others(key: Path) -> str:
    """In words, who beside its owner may read the file of a key; empty when nobody."""
    try:
        mode = stat.S_IMODE(key.stat().st_mode)
    except OSError:  # it was moved away meanwhile
        return ""
    return f"{key} can be read by others than its owner (mode {mode:04o}); chmod 600 it" if mode & 0o077 else ""


def is_address(host: str) -> bool:
    """Whether it is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def shown(moment: datetime) -> str:
    """A moment for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _names(certificate: "x509.Certificate") -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress))
