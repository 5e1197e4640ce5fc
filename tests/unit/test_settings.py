"""The table of settings: where values come from, which wins, and what is said about wrong ones."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from minivod import settings as table
from minivod import settings_page
from minivod.settings import Settings, SettingsError, to_environment
from minivod.settings_sources import load
from minivod.settings_words import masked

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "minivod.toml"


def test_defaults_need_nothing() -> None:
    assert load({}, {}) == Settings()


def test_command_line_wins_over_environment_and_that_over_the_file(file: Path) -> None:
    file.write_text('port = 1\nhost = "a"\nlog_level = "error"\n', encoding="utf-8")
    environment = {"MINIVOD_CONFIG": str(file), "MINIVOD_PORT": "2", "MINIVOD_HOST": "b", "PORT": "9"}
    found = load({"port": "3"}, environment)
    assert (found.port, found.host, found.log_level) == (3, "b", "error")


def test_the_flag_names_another_file_than_the_environment(file: Path) -> None:
    file.write_text("port = 7\n", encoding="utf-8")
    assert load({"config": str(file)}, {"MINIVOD_CONFIG": "/not/there"}).port == 7


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("port", "0", 0),
        ("worker_heartbeat", "2.5", 2.5),
        ("require_psign", "true", True),
        ("require_psign", "0", False),
        ("cors_origins", "https://a.example, https://b.example", ["https://a.example", "https://b.example"]),
        ("cors_origins", '["https://a.example"]', ["https://a.example"]),
        ("cors_origins", "", []),
        ("review_thresholds", '{"Porn": [50, 60, 70]}', {"Porn": [50.0, 60.0, 70.0]}),
        ("log_format", "console", "console"),
    ],
)
def test_values_in_the_environment(name: str, text: str, value: object) -> None:
    assert getattr(load({}, {f"MINIVOD_{name.upper()}": text}), name) == value


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("https://a.example/", "https://a.example"),
        ("HTTPS://A.Example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://例子.测试", "https://xn--fsqu00a.xn--0zwm56d"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
        ("*", "*"),
    ],
)
def test_origins_are_compared_as_browsers_send_them(text: str, sent: str) -> None:
    found = load({}, {"MINIVOD_CORS_ORIGINS": text}).cors_origins
    assert found == [sent]
    assert load({"cors_origins": found}, {}).cors_origins == [sent]


@pytest.mark.parametrize(
    "text",
    [
        "a.example",
        "https://a.example/app",
        "https://*.a.example",
        "https://u:secret@a.example",
        "https://a.example:x",
        "https://[::1",
        "https://",
        "https://a.example?x",
        "//a.example",
    ],
)
def test_what_is_no_origin_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^the setting cors_origins has a wrong value '.*without a path") as caught:
        load({}, {"MINIVOD_CORS_ORIGINS": text})
    assert "secret" not in str(caught.value)


def test_values_in_the_file(file: Path) -> None:
    file.write_text(
        'worker_heartbeat = 2\nrequire_psign = true\ncors_origins = ["https://a.example"]\n'
        "[review_thresholds]\nPorn = [50, 60, 70]\n",
        encoding="utf-8",
    )
    found = load({"config": file}, {})
    assert (found.worker_heartbeat, found.require_psign) == (2.0, True)
    assert (found.cors_origins, found.review_thresholds) == (["https://a.example"], {"Porn": [50.0, 60.0, 70.0]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
        ("port", ""),
        ("worker_heartbeat", "0"),
        ("worker_heartbeat", "inf"),
        ("worker_heartbeat", "nan"),
        ("worker_slots", "0"),
        ("require_psign", "perhaps"),
        ("log_level", "loud"),
        ("cors_origins", "[1"),
        ("review_thresholds", "Porn=1"),
        ("review_thresholds", '{"Porn": "high"}'),
    ],
)
def test_a_wrong_value_is_named_with_its_setting_and_source(name: str, text: str, file: Path) -> None:
    field = next(field for field in table.fields() if field.name == name)
    file.write_text(f"{name} = {msgspec.json.encode(text).decode()}\n", encoding="utf-8")
    sources: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("environment", {}, {f"MINIVOD_{name.upper()}": text}),
        ("command line", {name: text}, {}),
        (f"file {file}", {"config": str(file)}, {}),
    ]
    for source, overrides, environment in sources:
        with pytest.raises(SettingsError) as caught:
            load(overrides, environment)
        message = str(caught.value)
        assert message.startswith(f"the setting {name} ({source}) has a wrong value ")
        assert repr(text) in message
        assert message.endswith(f"; expected: {table.type_of(field).replace('`', '')}")


def test_true_is_no_number_in_the_file(file: Path) -> None:
    file.write_text("rate_limit = true\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"rate_limit .* has a wrong value True"):
        load({"config": file}, {})


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"port": "9" * 10_000}, {})
    assert len(str(caught.value)) < 300


def test_a_password_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"port": "postgresql://user:hunter2@host/name"}, {})
    assert "hunter2" not in str(caught.value)
    assert "postgresql://user:***@host/name" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:hunter2@host:6379/0", "redis://:***@host:6379/0"),
        ("redis://user:hun@ter2@host", "redis://user:***@host"),
        ("postgresql://host:5432/name", "postgresql://host:5432/name"),
        ("postgresql://user@host:5432/name", "postgresql://user@host:5432/name"),
        ("memory://", "memory://"),
    ],
)
def test_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("overrides", "environment", "source"),
    [
        ({}, {"MINIVOD_PROT": "1"}, "environment"),
        ({"prot": "1"}, {}, "command line"),
    ],
)
def test_an_unknown_name_is_named(overrides: dict[str, str], environment: dict[str, str], source: str) -> None:
    with pytest.raises(SettingsError, match=rf"there is no setting 'prot' \({source}\); `minivod settings` lists"):
        load(overrides, environment)


def test_an_unknown_name_in_the_file_is_named(file: Path) -> None:
    file.write_text("[server]\nport = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"there is no setting 'server' \(file {file}\)"):
        load({"config": file}, {})


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), (b"port 1", "is not TOML"), (b"\xff", "is not TOML")],
)
def test_a_file_that_is_none(content: bytes | None, words: str, file: Path) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"the settings file {file} {words}"):
        load({}, {"MINIVOD_CONFIG": str(file)})


def test_settings_survive_the_way_through_the_environment() -> None:
    settings = Settings(
        port=0,
        database_url="postgresql://a:b@c/d?e=f",
        cors_origins=["https://a.example", "https://b.example"],
        review_thresholds={"Porn": [1.0, 2.5, 3.0]},
        require_psign=True,
        worker_heartbeat=0.25,
    )
    assert load({}, to_environment(settings)) == settings
    assert load({}, to_environment(Settings())) == Settings()


def test_every_row_has_a_type_and_a_help_text() -> None:
    for field in table.fields():
        assert table.type_of(field)
        assert table.help_of(field).endswith(".")


def test_the_page_is_that_of_the_table() -> None:
    page = ROOT / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page.to_markdown(), (
        "run: minivod settings --markdown > docs/settings.md"
    )
