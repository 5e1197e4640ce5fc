"""Failed requests are kept for the doctor, without secrets, and never more than fit."""

import os
from pathlib import Path

from minivod import errors, ids
from minivod.api import failures
from minivod.api.failures import load, recent
from minivod.api.redaction import REDACTED
from minivod.api.request import HttpRequest
from minivod.clock import FixedClock

from . import signer

ERROR = errors.SignatureFailure()


class FailedSignatures(failures.FailedSignatures):
    """Written when `record` returns."""

    def record(self, request_id: str, http: HttpRequest, error: errors.WireError) -> None:
        super().record(request_id, http, error)
        self.wait()


def test_a_record_comes_back(tmp_path: Path) -> None:
    directory, request_id = tmp_path / "x" / "failed", ids.new_request_id()
    http = signer.by_sdk("PullEvents", {"ExtInfo": "the text"})
    FailedSignatures(directory, FixedClock(signer.NOW)).record(request_id, http, ERROR)
    record = load(directory, request_id)
    assert record is not None
    assert (record.code, record.server_time, record.size) == (ERROR.code, signer.NOW, len(http.body))
    assert record.headers["authorization"] == http.headers["authorization"]
    assert [one.request_id for one in recent(directory)] == [request_id]


def test_neither_tokens_nor_bodies_are_kept(tmp_path: Path) -> None:
    ring, planted = FailedSignatures(tmp_path, FixedClock(signer.NOW)), "pLanted+token/="
    for sign_method in ("TC3-HMAC-SHA256", "HmacSHA256"):
        for http_method in ("POST", "GET"):
            http = signer.by_sdk(
                "PullEvents", {"A": "x"}, sign_method=sign_method, http_method=http_method, token=planted
            )
            ring.record(ids.new_request_id(), http, ERROR)
    ring.record(ids.new_request_id(), signer.v3(b'{"SessionContext": "pLanted"}'), ERROR)
    records = recent(tmp_path)
    assert len(records) == 5
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"pLanted" not in kept
    assert signer.SECRET_KEY.encode() not in kept
    assert sum(REDACTED in record.query + record.form + record.headers.get("x-tc-token", "") for record in records) == 4


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    directory = tmp_path / "failed"
    before = os.umask(0)
    try:
        FailedSignatures(directory, FixedClock(0)).record(ids.new_request_id(), signer.v3(), ERROR)
    finally:
        os.umask(before)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in directory.iterdir()] == [0o600]


def test_only_the_last_are_kept_also_after_a_restart(tmp_path: Path) -> None:
    request_ids = [ids.new_request_id() for _ in range(12)]
    for half in (request_ids[:6], request_ids[6:]):
        ring = FailedSignatures(tmp_path, FixedClock(0), keep=5)
        for request_id in half:
            ring.record(request_id, signer.v3(), ERROR)
    assert {path.stem for path in tmp_path.iterdir()} == set(request_ids[-5:])


def test_a_flood_is_not_written(tmp_path: Path) -> None:
    clock = FixedClock(0)
    ring = FailedSignatures(tmp_path, clock, per_second=3)
    for _ in range(10):
        ring.record(ids.new_request_id(), signer.v3(), ERROR)
    assert len(list(tmp_path.iterdir())) == 3
    clock.advance(1)
    ring.record(ids.new_request_id(), signer.v3(), ERROR)
    assert len(list(tmp_path.iterdir())) == 4
    ring.record(ids.new_request_id(), signer.v3(headers={"x-big": "x" * 100_000}), ERROR)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_disk_that_refuses_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "failed").write_text("a file where the directory should be")
    FailedSignatures(tmp_path / "failed", FixedClock(0)).record(ids.new_request_id(), signer.v3(), ERROR)


def test_only_request_ids_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "d").mkdir()
    for name in ("../secret", "x", "", "a/b", "0" * 36):
        assert load(tmp_path / "d", name) is None


def test_bytes_that_are_not_text_are_kept_as_escapes(tmp_path: Path) -> None:
    request_id = ids.new_request_id()
    http = signer.v3(headers={"x-bad": "\udcff"})
    FailedSignatures(tmp_path, FixedClock(0)).record(request_id, http, ERROR)
    record = load(tmp_path, request_id)
    assert record is not None
    assert record.headers["x-bad"] == "\\xff"
