"""`minivod tls`: what is made, what is kept, what is refused, and that only its hosts can be signed for."""

import ipaddress
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from minivod import certificates
from minivod.cli import authority, tls_check
from minivod.cli.authority import Place, Refused
from minivod.cli.renewal import Renewal
from minivod.cli.tls import app

from ...tls import make

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWN = ("localhost", "127.0.0.1", "::1")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def names(place: Place) -> tuple[str, ...]:
    return certificates.read(place.server).names


def test_what_is_made(tmp_path: Path) -> None:
    home = tmp_path / "data"
    before = os.umask(0o077)
    try:
        code, said = run("init", "vod.example.com", "10.0.0.7", "--data-dir", str(home))
    finally:
        os.umask(before)
    assert code == 0, said
    place = Place.of(home)
    assert names(place) == ("vod.example.com", "*.vod.example.com", "10.0.0.7", *OWN)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.directory.iterdir()}
    assert modes == {"ca.pem": 0o644, "ca.key": 0o600, "server.pem": 0o600}
    assert stat.S_IMODE(place.directory.stat().st_mode) == 0o755, "the CA's certificate is for others"
    assert stat.S_IMODE(home.stat().st_mode) == 0o711
    assert f"curl --cacert {place.ca} https://vod.example.com:9443/healthz" in said
    for key in (place.ca_key, place.server):
        secret = key.read_text(encoding="ascii").partition("PRIVATE KEY-----\n")[2].splitlines()[0]
        assert secret and secret not in said


def test_it_is_kept_until_something_changes(tmp_path: Path) -> None:
    place = Place.of(tmp_path)
    assert authority.init(place, ["vod.example.com"], NOW)
    files = (place.ca, place.ca_key, place.server)
    before = [path.read_bytes() for path in files]
    assert not authority.init(place, ["vod.example.com"], NOW + timedelta(days=300))
    assert not authority.init(place, [], NOW), "without hosts, those of before"
    assert [path.read_bytes() for path in files] == before
    assert authority.init(place, ["a.vod.example.com"], NOW), "below a host that the CA is for"
    assert names(place) == ("a.vod.example.com", "*.a.vod.example.com", *OWN)
    assert authority.init(place, [], NOW + timedelta(days=380)), "it ends soon"
    assert certificates.read(place.server).ends == NOW + timedelta(days=380 + authority.LEAF_DAYS)
    assert [path.read_bytes() for path in files[:2]] == before[:2], "the CA stays, clients trust on"


def test_another_host_needs_another_ca(tmp_path: Path) -> None:
    place = make(tmp_path, "vod.example.com")
    before = place.server.read_bytes()
    for host in ("other.example.com", "evilvod.example.com", "10.0.0.1"):
        code, said = run("init", host, "--data-dir", str(tmp_path))
        assert (code, place.server.read_bytes()) == (1, before)
        assert f"is not for {host}" in said and "--force makes a new one" in said
    ca = place.ca.read_bytes()
    assert run("init", "other.example.com", "--force", "--data-dir", str(tmp_path))[0] == 0
    assert names(place)[0] == "other.example.com" and place.ca.read_bytes() != ca
    assert run("init", "--force", "--data-dir", str(tmp_path))[0] == 0
    assert names(place)[0] == "other.example.com", "--force alone keeps the hosts"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("VOD.Example.com.", "vod.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例子.测试", "xn--fsqu00a.xn--0zwm56d"),
        ("*.cos.ap-guangzhou.example.com", "*.cos.ap-guangzhou.example.com"),
        ("[fd00::1]", "fd00::1"),
        ("192.168.1.10", "192.168.1.10"),
        ("vod", "vod"),
        ("under_score.example", "under_score.example"),
    ],
)
def test_hosts(host: str, name: str, tmp_path: Path) -> None:
    place = make(tmp_path, host)
    assert names(place)[0] == name
    found = tls_check.pair(place.server, place.server, name.replace("*", "bucket"), place.ca)
    assert found.well, found.words


@pytest.mark.parametrize(
    "host",
    ["https://vod.example.com", "vod.example.com:9443", "a b", "", "*", "*.", "a.*.b", "-a.example", "1.2.3",
     "256.1.1.1", "0x7f.1", "a.0x7f", "a" * 64, ".".join(["a" * 60] * 5), "a..b", "a/b", "fe80::1%eth0"],
)  # fmt: skip
def test_what_is_no_host(host: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is no host: a DNS name or an IP address"):
        authority.init(Place.of(tmp_path), ["good.example", host], NOW)
    assert not Place.of(tmp_path).directory.exists()


def test_who_steals_the_ca_can_speak_for_its_hosts_alone(tmp_path: Path) -> None:
    """What the CA's key signs for another name or address is refused by clients, though they trust the CA."""
    place = make(tmp_path, "vod.example.com")
    ca = x509.load_pem_x509_certificate(place.ca.read_bytes())
    own = x509.load_pem_x509_certificates(place.server.read_bytes())[0]
    for host in ("bank.example", "192.0.2.1"):
        kind = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        forged = signed(place, like(own, ca).add_extension(x509.SubjectAlternativeName([kind]), critical=False))
        file = tmp_path / "forged.pem"
        private = place.server.read_text(encoding="ascii").partition("-----BEGIN PRIVATE KEY")
        file.write_text(
            forged.public_bytes(serialization.Encoding.PEM).decode() + private[1] + private[2], encoding="ascii"
        )
        found = tls_check.pair(file, file, host, place.ca)
        assert not found.well and "permitted subtree violation" in found.words


def test_renew(tmp_path: Path) -> None:
    place = make(tmp_path, "vod.example.com")
    before, ca = place.server.read_bytes(), place.ca.read_bytes()
    code, said = run("renew", "--data-dir", str(tmp_path))
    assert (code, place.ca.read_bytes()) == (0, ca) and said.startswith(f"renewed: {place.server}, until ")
    assert place.server.read_bytes() != before
    assert names(place)[0] == "vod.example.com"
    assert not list(place.directory.glob("*.pem.*"))


def test_what_cannot_be_renewed(tmp_path: Path) -> None:
    place = Place.of(tmp_path)
    assert "`minivod tls init HOST…` makes one" in run("renew", "--data-dir", str(tmp_path))[1]
    make(tmp_path)
    with pytest.raises(Refused, match="expired on 2"):
        authority.renew(place, datetime.now(UTC) + timedelta(days=366 * 11))
    other = make(tmp_path / "other")
    place.ca_key.write_bytes(other.ca_key.read_bytes())
    assert "is not the key of" in run("renew", "--data-dir", str(tmp_path))[1]
    place.ca_key.write_bytes(b"garbage")
    assert "cannot be read as PEM" in run("renew", "--data-dir", str(tmp_path))[1]
    place.ca_key.unlink()
    code, said = run("renew", "--data-dir", str(tmp_path))
    assert code == 1 and "ca.key is missing; bring it back" in said


@pytest.mark.parametrize("broken", [None, b"", b"-----BEGIN CERTIFICATE-----\nMII"])
@pytest.mark.parametrize("command", [["init"], ["init", "vod.example.com", "10.0.0.7"], ["renew"]])
def test_a_broken_certificate_is_made_anew_by_the_same_ca(
    broken: bytes | None, command: list[str], tmp_path: Path
) -> None:
    place = make(tmp_path, "vod.example.com", "10.0.0.7")
    ca = place.ca.read_bytes()
    place.server.unlink() if broken is None else place.server.write_bytes(broken)
    code, said = run(*command, "--data-dir", str(tmp_path))
    assert (code, place.ca.read_bytes()) == (0, ca), said
    assert set(names(place)) == {"vod.example.com", "*.vod.example.com", "10.0.0.7", *OWN}


def test_a_broken_ca_is_told_of(tmp_path: Path) -> None:
    place = make(tmp_path, "vod.example.com")
    place.ca.write_bytes(b"garbage")
    code, said = run("init", "--data-dir", str(tmp_path))
    assert code == 1 and f"{place.ca} cannot be read as PEM; --force makes a new CA" in said
    place.server.write_bytes(b"garbage")
    for more in ([], ["--force"]):
        code, said = run("init", *more, "--data-dir", str(tmp_path))
        assert code == 1 and "say for which hosts new ones are to be made: `minivod tls init --force HOST…`" in said
    assert run("init", "--force", "vod.example.com", "--data-dir", str(tmp_path))[0] == 0


def test_a_ca_of_others_signs_nothing_here(tmp_path: Path) -> None:
    place = make(tmp_path, "vod.example.com")
    place.ca.write_bytes(certificate_without_bounds(place))
    code, said = run("renew", "--data-dir", str(tmp_path))
    assert code == 1 and "it is bound to no hosts; --force makes one" in said


def certificate_without_bounds(place: Place) -> bytes:
    own = x509.load_pem_x509_certificate(place.ca.read_bytes())
    return signed(place, like(own, own)).public_bytes(serialization.Encoding.PEM)


def like(own: x509.Certificate, issuer: x509.Certificate) -> x509.CertificateBuilder:
    """For the same name, key and time as another certificate, without its extensions."""
    return (
        x509.CertificateBuilder(issuer.subject, own.subject, own.public_key(), 1)
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
    )


def signed(place: Place, builder: x509.CertificateBuilder) -> x509.Certificate:
    """With the key of the CA, as `minivod tls init` signs."""
    key = serialization.load_pem_private_key(place.ca_key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return builder.sign(key, hashes.SHA256())


def test_the_ca_outlives_no_certificate(tmp_path: Path) -> None:
    place = make(tmp_path, now=NOW)
    ca = certificates.read(place.ca)
    authority.renew(place, ca.ends - timedelta(days=10))
    assert certificates.read(place.server).ends == ca.ends
    assert ca.ends == NOW.replace(year=NOW.year + authority.CA_YEARS)


def test_serve_renews_what_ends_soon(tmp_path: Path) -> None:
    place = make(tmp_path, now=datetime.now(UTC) - timedelta(days=authority.LEAF_DAYS - authority.DUE_DAYS + 1))
    before = place.server.read_bytes()
    with structlog.testing.capture_logs() as logs:
        Renewal(tmp_path).tend()
        after = place.server.read_bytes()
        Renewal(tmp_path).tend()
    assert [line["event"] for line in logs] == ["tls_certificate_renewed"]
    assert after != before and place.server.read_bytes() == after
    place.server.write_bytes(b"")
    with structlog.testing.capture_logs() as logs:
        Renewal(tmp_path).tend()
    assert [(line["event"], line["log_level"]) for line in logs] == [("tls_certificate_not_renewed", "error")]


def test_a_certificate_of_ones_own_is_not_hidden(tmp_path: Path) -> None:
    said = run("init", "--data-dir", str(tmp_path), "--tls-cert", "/etc/mine.pem")[1]
    assert "note: the server goes on taking the setting tls_cert, /etc/mine.pem" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_belongs_to_whoever_runs_the_server(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.mkdir()
    os.chown(home, 12345, 12346)
    place = make(home)
    for path in (place.directory, place.ca, place.ca_key, place.server):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)
