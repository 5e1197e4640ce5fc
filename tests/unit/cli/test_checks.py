"""What the table of settings cannot know is checked before anything starts."""

import re
from pathlib import Path
from typing import Any

import pytest

from minivod.cli.checks import check
from minivod.media.tools import ffmpeg_path
from minivod.settings import Settings, SettingsError

from ...tls import make


def test_the_defaults_can_work(tmp_path: Path) -> None:
    check(Settings())
    check(Settings(storage_url=(tmp_path / "objects").as_uri(), database_url="postgresql://a:b@c:5432/d"))
    check(Settings(storage_url="memory:///", review_thresholds={"Porn": [1, 2, 3]}, word_lists_dir=str(tmp_path)))
    assert not (tmp_path / "objects").exists()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("database_url", "postgresql://user:hunter2@[host/name", "cannot be read; it looks like postgresql://"),
        ("database_url", "user hunter2", "cannot be read"),
        ("storage_url", "ftp://user:hunter2@host/x", "has a wrong value 'ftp://user:***@host/x'"),
        ("storage_url", "s3://", "has a wrong value 's3://'"),
        ("storage_url", "objects", "has a wrong value 'objects'"),
        ("rate_limit_storage", "tcp://user:hunter2@host", "it begins with memory://, or with redis://"),
        ("word_lists_dir", "/not/there", "which cannot be read: No such file"),
        ("review_thresholds", {"Weather": [1, 2, 3]}, "there is no such category"),
        ("review_thresholds", {"Porn": [1]}, "three numbers"),
        ("review_service_networks", ["foo"], "the setting review_service_networks has a wrong value 'foo'"),
        ("public_url", "vod.example.com", "has a wrong value 'vod.example.com'; it looks like https://"),
        ("public_url", "ftp://user:hunter2@host", "has a wrong value 'ftp://user:***@host'"),
        ("public_url", "https://host/?x=1", "it looks like https://"),
        ("egress_networks", ["10.0.0.1/8"], "has a wrong value '10.0.0.1/8'; expected: networks like 10.0.0.0/8"),
        ("egress_ports", ["http"], "has a wrong value 'http'; expected: ports like 443"),
        ("ffmpeg", "/bin/true", "has a wrong value '/bin/true': /bin/true does not answer like an ffmpeg"),
        ("ffmpeg", "/bin/false", "does not answer like an ffmpeg"),
        ("ffmpeg", "/not/there", "has a wrong value '/not/there': there is no ffmpeg"),
    ],
)
def test_what_cannot_work_is_named(name: str, value: Any, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check(Settings(**{name: value}))
    message = str(caught.value)
    assert message.startswith(f"the setting {name} ")
    assert words in message
    assert "hunter2" not in message
    assert "\n" not in message


def test_an_ffmpeg_that_is_too_old_is_named(tmp_path: Path) -> None:
    """Every transcode would fail, and not before."""
    old = tmp_path / "ffmpeg"
    options = "-amount -dropamount"
    old.write_text(f'#!/bin/sh\n[ "$1" = -version ] && echo "ffmpeg version 4.3.6 Copyright" || echo "{options}"\n')
    old.chmod(0o755)
    with pytest.raises(SettingsError, match=re.escape(f"{old} is ffmpeg version 4.3.6; 5.0 or newer is needed")):
        check(Settings(ffmpeg=str(old)))
    check(Settings(ffmpeg=str(ffmpeg_path())))


def test_tls_needs_a_pair_that_works(tmp_path: Path) -> None:
    own = make(tmp_path).server
    check(Settings(data_dir=str(tmp_path)), "api")
    check(Settings(tls_cert=str(own)), "api")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"tls_key": str(own)}, "the setting tls_key is given without tls_cert"),
        ({"tls_cert": "/not/there"}, "/not/there cannot be read: No such file or directory (settings tls_cert"),
        ({"tls_cert": str(own), "tls_key": "/not/there"}, "the key /not/there cannot be read: No such file"),
        ({"tls_cert": str(own.with_name("ca.pem")), "tls_key": str(own)}, "is not that of the first certificate in"),
    ]
    for settings, words in cases:
        with pytest.raises(SettingsError, match=re.escape(words)):
            check(Settings(**settings), "api")
        check(Settings(**settings), "worker")
    own.write_bytes(b"")
    with pytest.raises(SettingsError, match="--force` makes a new pair"):
        check(Settings(data_dir=str(tmp_path)), "api")


def test_each_part_checks_what_it_uses() -> None:
    check(Settings(word_lists_dir="/not/there"), "api")
    check(Settings(rate_limit_storage="tcp://host"), "worker")
    with pytest.raises(SettingsError, match="word_lists_dir"):
        check(Settings(word_lists_dir="/not/there"), "worker")
    with pytest.raises(SettingsError, match="rate_limit_storage"):
        check(Settings(rate_limit_storage="tcp://host"), "api")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"file_delivery": "redirect"}, "file_delivery=redirect cannot work with storage_url: a local directory"),
        ({"file_delivery": "redirect", "storage_url": "memory:///"}, "s3:// has"),
        ({"file_delivery": "nginx", "storage_url": "s3://bucket/prefix"}, "needs an object store on a local directory"),
        ({"file_delivery": "nginx", "nginx_location": "no path"}, "it looks like /minivod-objects"),
        ({"file_delivery": "nginx", "nginx_location": "/"}, "it looks like /minivod-objects"),
    ],
)
def test_who_sends_files_must_be_able_to(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        check(Settings(**settings), "api")
    check(Settings(**settings), "worker")
