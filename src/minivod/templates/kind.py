"""What describes a kind of template: its fields, bounds, codes and presets; everything else is made from it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from minivod import errors
from minivod.errors import InvalidParameterValue, WireError
from minivod.templates.bounds import Breach, breaches
from minivod.templates.not_done import not_done

SettingsT = TypeVar("SettingsT", bound=msgspec.Struct)

CODES = frozenset(
    {
        "Name", "Comment", "Definition", "Definitions", "Offset", "Limit", "Type", "SubAppId", "Container",
        "RemoveVideo", "RemoveAudio", "Width", "Height", "FillType", "Fps", "Bitrate", "Codec", "SampleRate",
        "AudioChannel", "ResolutionAdaptive", "Vcrf", "Format", "Quality", "SampleType", "SampleInterval", "RowCount",
        "ColumnCount", "DrmType", "DisableHigherVideoBitrate", "DisableHigherVideoResolution", "CoordinateOrigin",
        "XPos", "YPos", "RepeatType", "ImageContent", "ImageTemplate", "TextTemplate", "SvgTemplate", "ContainerType",
        "TEHDType",
    }
)  # fmt: skip
"""Fields that the reference has a code `InvalidParameterValue.<field>` for."""


class Preset(msgspec.Struct, Generic[SettingsT], frozen=True, kw_only=True):
    """A template that every application has and nobody can change."""

    name: str
    settings: SettingsT
    comment: str = ""


def _nothing(_: Any) -> Iterator[Breach]:
    yield from ()


class Kind(msgspec.Struct, Generic[SettingsT], frozen=True, kw_only=True):
    """A kind of template.

    Attributes:
        name: as the names of its actions have it.
        settings: its fields, with the published names, types, bounds and defaults; also the form that is stored.
        presets: by definition.
        rules: what a whole template breaks, beyond the bounds of its fields.
        codes: of the errors after `InvalidParameterValue.`, by path, where the field's name alone does not say it.
        fixed: fields that cannot be changed.
        added: fields that only a change has, by the field of the settings that they belong to.
        most: of an application's own, at a time.
        limit: calls per second (contract.md §1.6).
    """

    name: str
    settings: type[SettingsT]
    presets: Mapping[int, Preset[SettingsT]] = {}
    rules: Callable[[SettingsT], Iterator[Breach]] = _nothing
    codes: Mapping[str, str] = {}
    fixed: frozenset[str] = frozenset()
    added: Mapping[str, tuple[tuple[str, Any, Any], ...]] = {}
    most: int = 100
    limit: int = 100

    def check(self, settings: SettingsT) -> None:
        """Raises an InvalidParameterValue, or MissingParameter, for the first thing that is wrong with a template."""
        self.check_done(settings)
        for breach in (*breaches(settings), *self.rules(settings)):
            raise self.error(breach)

    def check_done(self, asked: msgspec.Struct) -> None:
        """Raises an InvalidParameterValue for the first thing that is asked for and not done here."""
        for breach in not_done(asked):
            raise self.error(breach)

    def error(self, breach: Breach) -> WireError:
        """What the caller is told."""
        if breach.missing:
            return errors.MissingParameter(breach.message)
        kind = errors.invalid(breach.code) if breach.code else self.error_at(breach.path)
        return kind(breach.message)

    def error_at(self, path: str) -> type[InvalidParameterValue]:
        """The class for a wrong value at that path."""
        plain = ".".join(part for part in path.split(".") if not part.isdigit())
        code = self.codes.get(plain, plain.rpartition(".")[2])
        return errors.invalid(code) if code in CODES or plain in self.codes else InvalidParameterValue

    def read(self, stored: Any) -> SettingsT:
        """The settings out of their stored form; fields that are newer than it have their defaults."""
        return msgspec.convert(stored, self.settings)


AnyKind = Kind[Any]
