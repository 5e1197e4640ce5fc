"""Messages for callers in Chinese: what is written and stored in English is translated when it is answered.

English is the form that messages are made, stored and logged in, for who reads them may ask in either language, and
later. `translate` finds the pair of the table that a text was made by, and makes the Chinese sentence with the same
values. The table is in the modules of this package, by subject; a test names what is missing in it.
"""

from functools import cache
from typing import Any

from minivod.messages.translator import Translator

ENGLISH, CHINESE = "en-US", "zh-CN"
LANGUAGES = (CHINESE, ENGLISH)
"""As the parameter Language and the header X-TC-Language name them."""
_MEMBER = "Message"


def translate(text: str, language: str) -> str:
    """The message in that language; what the table does not know stays as it is."""
    return _translator().translate(text) if language == CHINESE else text


def translate_members(tree: Any, language: str) -> Any:
    """The answer or event with each `Message` in it, at any depth, in that language."""
    if language != CHINESE:
        return tree
    if isinstance(tree, dict):
        return {
            name: translate(value, language)
            if name == _MEMBER and isinstance(value, str)
            else translate_members(value, language)
            for name, value in tree.items()
        }
    if isinstance(tree, list | tuple):
        return [translate_members(item, language) for item in tree]
    return tree


@cache
def _translator() -> Translator:
    """Made by the first message that is to be Chinese."""
    from minivod.messages.table import PAIRS

    return Translator(PAIRS)
