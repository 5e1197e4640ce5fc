"""Names of the console's users: which of them people would take for one another, in the audit and elsewhere."""

import unicodedata

from minivod.review.lookalikes import plain

_ASCII = str.maketrans({"I": "l", "1": "l", "|": "l", "0": "o"})
_UNSEEN = frozenset(
    chr(code)
    for first, last in (
        *((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800)),
        *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF)),
    )
    for code in range(first, last + 1)
)
"""Characters that count as printable and show nothing: variation selectors, fillers (Default_Ignorable_Code_Point)."""


def alike(one: str, other: str) -> bool:
    """Whether two names differ by case, by letters that look alike (UTS #39), or by nothing that is seen."""
    return not _forms(one).isdisjoint(_forms(other))


def _forms(name: str) -> set[str]:
    """What a name may be taken for: a capital may look like another letter than its small one does."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", name) if char not in _UNSEEN)
    as_written = "".join(map(plain, seen))
    return {
        as_written.casefold(),
        "".join(map(plain, seen.casefold())),
        as_written.translate(_ASCII).casefold().replace("rn", "m"),
    }
