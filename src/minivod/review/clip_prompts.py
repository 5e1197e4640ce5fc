"""The prompts of a CLIP-like model: a TOML file with texts by category, and texts for what is harmless."""

import tomllib
from pathlib import Path

import msgspec

from minivod.settings import SettingsError

CATEGORIES = ("Porn", "Terrorism", "Political")
"""Those of pictures."""


class ClipError(SettingsError):
    """A model or its prompts cannot be used; the message names the file and what is wrong."""


class Prompts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file.

    Attributes:
        harmless: texts for everything else; without them one of the others would always fit best.
        Porn, Terrorism, Political: texts by category.
        scale: by what likeness is multiplied before it becomes shares: of CLIP 100, of other models what they say.
    """

    harmless: list[str]
    Porn: list[str] = []
    Terrorism: list[str] = []
    Political: list[str] = []
    scale: float = 100.0

    @property
    def categories(self) -> dict[str, list[str]]:
        """Texts by category, of those that have some."""
        return {name: texts for name in CATEGORIES if (texts := getattr(self, name))}

    @property
    def texts(self) -> list[str]:
        """All of them, the harmless first."""
        return [*self.harmless, *(text for texts in self.categories.values() for text in texts)]


def read_prompts(path: Path) -> Prompts:
    """Reads the file; raises ClipError where it makes no sense."""
    try:
        prompts = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Prompts)
    except OSError as error:
        raise ClipError(f"the setting clip_dir needs prompts: {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ClipError(f"{path}: {error}") from None
    if not prompts.harmless or not prompts.categories:
        raise ClipError(f"{path}: there must be texts for `harmless`, and for one of {', '.join(CATEGORIES)} at least")
    if any(not text.strip() for text in prompts.texts) or len(set(prompts.texts)) != len(prompts.texts):
        raise ClipError(f"{path}: a text is empty, or stands there twice")
    if not 0 < prompts.scale < 10_000:
        raise ClipError(f"{path}: scale must be above 0 and below 10000, not {prompts.scale:g}")
    return prompts
