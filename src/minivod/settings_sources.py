"""Where the values of settings come from: TOML file, environment and command line, and what is wrong in them."""

import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import msgspec.inspect

from minivod.origins import NoOrigin, canonical
from minivod.settings import CONFIG_VARIABLE, ENVIRONMENT_PREFIX, Settings, SettingsError, fields, type_of
from minivod.settings_words import masked

_LONGEST_SHOWN = 100


def load(overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Args:
        overrides: values from the command line; they win.
        environment: where `MINIVOD_…` variables are read.

    Raises:
        SettingsError: a value, a variable or the TOML file is wrong; the message names it.
    """
    given = dict(overrides or {})
    config = given.pop("config", None) or environment.get(CONFIG_VARIABLE)
    values: dict[str, Any] = {}
    for source, layer in (
        (f"file {config}", _from_file(Path(config)) if config else {}),
        ("environment", _from_environment(environment)),
        ("command line", given),
    ):
        for name, value in layer.items():
            values[name] = _convert(name, value, source)
    check_public_url(str(values.get("public_url", "")))
    if "cors_origins" in values:
        values["cors_origins"] = _origins(values["cors_origins"])
    return Settings(**values)


def check_public_url(url: str) -> None:
    """Raises SettingsError when it is given and players could not call it."""
    try:
        parts = urlsplit(url)
        works = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets, or a port
        works = False
    if url and (not works or parts.query or parts.fragment):
        raise SettingsError(
            f"the setting public_url has a wrong value {masked(url)!r}; it looks like https://vod.example.com"
        )


def _origins(given: list[str]) -> list[str]:
    """As browsers write them; raises SettingsError when one of them could not be anybody's."""
    try:
        return canonical(given)
    except NoOrigin as wrong:
        raise SettingsError(
            f"the setting cors_origins has a wrong value {masked(str(wrong))!r}; an origin looks like "
            "https://app.example or http://10.0.0.7:8080, without a path, and * is all of them"
        ) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name != CONFIG_VARIABLE
    }


def _convert(name: str, value: object, source: str) -> object:
    field = next((field for field in fields() if field.name == name), None)
    if field is None:
        raise SettingsError(f"there is no setting {name!r} ({source}); `minivod settings` lists them all")
    parsed = _parse_text(field.type, value) if isinstance(value, str) else value
    try:
        converted = msgspec.convert(parsed, field.type, strict=isinstance(value, bool))
    except msgspec.ValidationError:
        raise _wrong(field, value, source) from None
    if isinstance(converted, float) and not math.isfinite(converted):
        raise _wrong(field, value, source)
    return converted


def _wrong(field: msgspec.structs.FieldInfo, value: object, source: str) -> SettingsError:
    shown = masked(repr(value))
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
    wanted = type_of(field).replace("`", "")
    return SettingsError(f"the setting {field.name} ({source}) has a wrong value {shown}; expected: {wanted}")


def _parse_text(kind: Any, text: str) -> object:
    """Lists may be written with commas and tables as JSON where there is only text (environment, CLI)."""
    info = msgspec.inspect.type_info(kind)
    inner = info.type if isinstance(info, msgspec.inspect.Metadata) else info
    if isinstance(inner, msgspec.inspect.ListType) and not text.startswith("["):
        return [item.strip() for item in text.split(",") if item.strip()]
    if isinstance(inner, msgspec.inspect.ListType | msgspec.inspect.DictType):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text
