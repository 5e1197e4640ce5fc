"""Tells moving pictures from still ones by the structure of the file alone; nothing is decoded."""

_GIF_HEAD = 13
_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21
_PNG_HEAD = 8
_CHUNK_FRAME = 12  # length, type and checksum


def is_moving(content: bytes) -> bool:
    """Whether a GIF has a second picture, or a PNG announces several (APNG); False for everything else."""
    try:
        if content.startswith(b"GIF8"):
            return _is_moving_gif(content)
        return content.startswith(b"\x89PNG") and _is_moving_png(content)
    except IndexError:  # it is cut off
        return False


def _is_moving_gif(content: bytes) -> bool:
    place, pictures = _GIF_HEAD + _table(content[10]), 0
    while content[place] in (_GIF_IMAGE, _GIF_EXTENSION):
        if content[place] == _GIF_IMAGE:
            pictures += 1
            if pictures > 1:
                return True
            place += 11 + _table(content[place + 9])
        else:
            place += 2
        while content[place]:
            place += content[place] + 1
        place += 1
    return False


def _table(flags: int) -> int:
    """Bytes of the table of colours that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _is_moving_png(content: bytes) -> bool:
    place = _PNG_HEAD
    while place + _CHUNK_FRAME <= len(content):
        kind = content[place + 4 : place + 8]
        if kind in (b"acTL", b"IDAT"):
            return kind == b"acTL"
        place += int.from_bytes(content[place : place + 4], "big") + _CHUNK_FRAME
    return False
