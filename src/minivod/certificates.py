"""Certificates of TLS as files: which hosts they are for, when they end, and what is wrong with them."""

import errno
import ipaddress
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509


NAMELESS = "it is for no host: clients look for names among its subjectAltNames"
_LARGEST = 1024 * 1024
"""Bytes of a file; a certificate with its chain and key has some thousands."""


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
        Unusable: the file cannot be read, is no ordinary one, or has no certificate.
    """
    from cryptography import x509  # takes memory, which a server without TLS need not have

    try:
        check_file(path)
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"the certificate {path} cannot be read: {error.strerror}") from None
    try:
        first = x509.load_pem_x509_certificates(content)[0]
        names = _names(first)
    except Exception:  # the library has errors of many kinds for what it does not understand
        raise Unusable(f"{path} holds no certificate in PEM that can be read (-----BEGIN CERTIFICATE-----)") from None
    return Certificate(names, first.not_valid_before_utc, first.not_valid_after_utc)


def check_file(path: Path) -> None:
    """Whether a file can be read again and again: a pipe would hold up who reads it, and a device has no end.

    Raises:
        Unusable: it is a pipe or a device, or far too large.
        OSError: it cannot be looked at, or is a directory.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise Unusable(f"{path} is a pipe or a device; certificates and keys are read from files, more than once")
    if found.st_size > _LARGEST:
        raise Unusable(f"{path} has {found.st_size} bytes; a file of certificates or a key may have {_LARGEST}")


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
