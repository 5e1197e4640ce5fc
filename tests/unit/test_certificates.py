"""Certificates as files: what is read of them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minivod import certificates
from minivod.certificates import Certificate, Unusable

from ..tls import make

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)


def test_faults_of_time() -> None:
    own = Certificate(("a",), BEGIN, END)
    assert own.fault_at(BEGIN) == own.fault_at(END - timedelta(seconds=1)) == ""
    assert own.fault_at(BEGIN - timedelta(seconds=1)) == "it is valid from 2026-01-01 00:00 UTC on"
    assert own.fault_at(END) == "it expired on 2027-01-01 00:00 UTC"


def test_read(tmp_path: Path) -> None:
    place = make(tmp_path, "vod.example.com")
    assert certificates.read(place.server).names[0] == "vod.example.com"
    assert certificates.read(place.ca).names == ()
    for content in (b"", b"\x00\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        broken = tmp_path / "broken.pem"
        broken.write_bytes(content)
        with pytest.raises(Unusable, match="holds no certificate in PEM"):
            certificates.read(broken)
    with pytest.raises(Unusable, match="cannot be read: Is a directory"):
        certificates.read(tmp_path)


def test_what_is_no_ordinary_file_holds_nobody_up(tmp_path: Path) -> None:
    """A pipe would be waited for, a device read until there is no memory."""
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    large.write_bytes(b"")
    os.truncate(large, 2**30)
    for path, words in (
        (pipe, "is a pipe or a device"),
        (Path("/dev/zero"), "is a pipe or a device"),
        (large, "bytes"),
    ):
        with pytest.raises(Unusable, match=words):
            certificates.read(path)


def test_open_to_others(tmp_path: Path) -> None:
    key = make(tmp_path).ca_key
    assert certificates.open_to_others(key) == ""
    for mode in (0o640, 0o604, 0o660):
        key.chmod(mode)
        assert f"mode {mode:04o}" in certificates.open_to_others(key)
