"""A private CA in the data directory, and the server's certificate from it: made, renewed, and kept private."""

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import idna
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from minivod import certificates
from minivod.certificates import is_address, shown
from minivod.cli.data_directory import make
from minivod.settings import TLS_DIRECTORY, TLS_SERVER

CA_YEARS = 10
LEAF_DAYS = 397
"""The longest that browsers accept of any CA."""
DUE_DAYS = 30
"""Before its end, a certificate is due for renewal."""

_ALWAYS = ("localhost", "127.0.0.1", "::1")
"""Hosts that every certificate is for beside those that were asked for: so the machine itself can call the server."""
_SKEW = timedelta(hours=1)
"""For which clients' clocks may be late."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
"""A last part that makes the whole an address (WHATWG URL §3.5)."""
_LONGEST_NAME = 253
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Refused(Exception):
    """It cannot be made; the message says why, and what would help."""


@dataclass(frozen=True)
class Place:
    """The files, in `tls/` of a data directory."""

    directory: Path

    @classmethod
    def of(cls, home: Path) -> "Place":
        """Those of a data directory."""
        return cls(home.resolve() / TLS_DIRECTORY)

    @property
    def ca(self) -> Path:
        """The CA's certificate, for clients."""
        return self.directory / "ca.pem"

    @property
    def ca_key(self) -> Path:
        """The CA's key; who has it can sign for the hosts that the CA is constrained to."""
        return self.directory / "ca.key"

    @property
    def server(self) -> Path:
        """The server's certificate and its key, in one file: so they never mismatch."""
        return self.directory / TLS_SERVER


def init(place: Place, hosts: Sequence[str], now: datetime, *, force: bool = False) -> bool:
    """Makes what is missing, and renews what is due.

    Args:
        place: where.
        hosts: DNS names (`*.` at the beginning is one label) and IP addresses; none: those of before, which the CA
            knows too.
        now: the time.
        force: makes a new CA in place of one that is there.

    Returns:
        Whether anything was made.

    Raises:
        Refused: a host is none, the CA of before is not for it, or it cannot be read.
        OSError: a file cannot be read or written.
    """
    names = _names(hosts) if hosts else _kept_names(place)
    make_room(place)
    if force or not place.ca.exists():
        _make_ca(place, names, now)
    elif _is_kept(place, names, now):
        return False
    _make_leaf(place, names, now)
    return True


def make_room(place: Place) -> None:
    """The directory, which others may enter because the CA's certificate is for them; raises OSError."""
    home = place.directory.parent
    make(home)
    if not place.directory.exists():
        place.directory.mkdir()
        place.directory.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(place.directory, home.stat().st_uid, home.stat().st_gid)


def renew(place: Place, now: datetime) -> None:
    """A new certificate of the same CA for the same hosts; raises Refused, OSError."""
    if not place.ca.exists():
        raise Refused(f"there is no CA in {place.directory}; `minivod tls init HOST…` makes one")
    _make_leaf(place, _kept_names(place), now)


def due(place: Place, now: datetime) -> bool:
    """Whether the server's certificate ends soon."""
    return certificates.read(place.server).ends - now < timedelta(days=DUE_DAYS)


def _is_kept(place: Place, names: tuple[str, ...], now: datetime) -> bool:
    """Whether the certificate that is there will do; raises Refused when its CA cannot be read, which clients need."""
    _ca_certificate(place)
    return names == _server_names(place) and not due(place, now)


def _server_names(place: Place) -> tuple[str, ...]:
    """Those of the certificate that is there; none when it is missing or broken."""
    try:
        return certificates.read(place.server).names
    except certificates.Unusable:
        return ()


def _kept_names(place: Place) -> tuple[str, ...]:
    """Those of the certificate of before; when that is missing or broken, those that the CA is for."""
    if found := _server_names(place):
        return found
    if not place.ca.exists():
        return _names(())
    try:
        bound = _permitted_by(_ca_certificate(place))
    except Refused:
        raise Refused(
            f"neither {place.server} nor {place.ca} can be read; say for which hosts new ones are to be made: "
            "`minivod tls init --force HOST…`"
        ) from None
    return _names([str(one.network_address if isinstance(one, _Network) else one) for one in bound])


def _names(hosts: Sequence[str]) -> tuple[str, ...]:
    """The names of a certificate for those hosts.

    With `vod.example.com` also goes `*.vod.example.com`: COS SDKs that are given an endpoint put the bucket before it.
    """
    found: dict[str, None] = {}
    for host in map(_host, hosts):
        found[host] = None
        if "." in host and "*" not in host and not is_address(host):
            found[f"*.{host}"] = None
    return tuple(found | dict.fromkeys(_ALWAYS))


def _host(given: str) -> str:
    """As certificates have it; raises Refused."""
    bare = given.strip().strip("[]").rstrip(".").lower()
    if "%" not in bare and is_address(bare):  # a zone means something on one machine alone
        return str(ipaddress.ip_address(bare))
    star, name = ("*.", bare[2:]) if bare.startswith("*.") else ("", bare)
    try:
        name = name if name.isascii() else idna.encode(name, uts46=True).decode()  # as clients take it
    except (idna.IDNAError, UnicodeError):
        name = ""
    number = _NUMBER.fullmatch(name.rpartition(".")[2])  # clients take it for an address
    if number or len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise Refused(f"{given!r} is no host: a DNS name or an IP address, without scheme, port and path")
    return star + name


def _make_ca(place: Place, names: Sequence[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"minivod CA of {names[0]}, {now:%Y-%m-%d %H:%M:%S}"[:64]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    ends = now.replace(year=now.year + CA_YEARS, day=min(now.day, 28))
    made = (
        _certificate(name, name, key.public_key(), now, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(place.ca_key, _pem(key), 0o600)
    _write(place.ca, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _make_leaf(place: Place, names: Sequence[str], now: datetime) -> None:
    ca, ca_key = _load_ca(place)
    if outside := [name for name in names if not _is_permitted(ca, name)]:
        raise Refused(
            f"the CA in {place.directory} is not for {', '.join(outside)}; --force makes a new one, which all clients "
            "must be told to trust then"
        )
    if now >= ca.not_valid_after_utc:
        raise Refused(
            f"the CA in {place.directory} expired on {shown(ca.not_valid_after_utc)}; --force makes a new one"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]),
            ca.subject,
            key.public_key(),
            now,
            min(now + timedelta(days=LEAF_DAYS), ca.not_valid_after_utc),
        )
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(place.server, made.public_bytes(serialization.Encoding.PEM) + _pem(key), 0o600)


def _load_ca(place: Place) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    ca = _ca_certificate(place)
    try:
        key = serialization.load_pem_private_key(place.ca_key.read_bytes(), None)
    except FileNotFoundError as error:
        raise Refused(f"{error.filename} is missing; bring it back, or make a new CA with --force") from None
    except (ValueError, TypeError):
        raise Refused(f"{place.ca_key} cannot be read as PEM; --force makes a new CA") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != ca.public_key():
        raise Refused(f"{place.ca_key} is not the key of {place.ca}; --force makes a new CA")
    return ca, key


def _ca_certificate(place: Place) -> x509.Certificate:
    """Raises Refused, OSError."""
    try:
        return x509.load_pem_x509_certificate(place.ca.read_bytes())
    except FileNotFoundError as error:
        raise Refused(f"{error.filename} is missing; bring it back, or make a new CA with --force") from None
    except ValueError:
        raise Refused(f"{place.ca} cannot be read as PEM; --force makes a new CA") from None


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name)


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    """What the CA may sign (RFC 5280 §4.2.1.10): whoever steals its key cannot speak for the rest of the world.

    A name permits those below it. There is always one of each kind, because a kind that is not named is not bound.
    """
    addresses = [x509.IPAddress(ipaddress.ip_network(name)) for name in names if is_address(name)]
    domains = dict.fromkeys(name.removeprefix("*.") for name in names if not is_address(name))
    return [*(x509.DNSName(name) for name in domains), *addresses]


def _permitted_by(ca: x509.Certificate) -> list[str | _Network]:
    """The domains and addresses that the CA is for; raises Refused for one that is bound to none."""
    try:
        bound = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        raise Refused("the CA was not made by `minivod tls init`: it is bound to no hosts; --force makes one") from None
    return [one.value for one in bound.permitted_subtrees or []]


def _is_permitted(ca: x509.Certificate, name: str) -> bool:
    permitted = _permitted_by(ca)
    if is_address(name):
        return ipaddress.ip_network(name) in permitted
    domains = [one for one in permitted if isinstance(one, str)]
    return any(f".{name.removeprefix('*.')}".endswith(f".{domain}") for domain in domains)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    """In one step, durably, for the owner of the data directory, who may be another than the one who calls (root)."""
    owner = path.parent.stat()
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
        if os.geteuid() == 0:
            os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def moment() -> datetime:
    """Now, as certificates have it."""
    return datetime.now(UTC).replace(microsecond=0)
