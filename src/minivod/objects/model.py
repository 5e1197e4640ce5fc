"""What every kind of object store shares: keys, digests, results and errors."""

import errno
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import fastcrc

CHUNK = 1024 * 1024
"""Bytes that are read, hashed and written at a time."""

_KEY = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*")
_LONGEST_KEY = 512
_LONGEST_SEGMENT = 128
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_AWAY = frozenset({errno.EIO, errno.EROFS, errno.ESTALE, errno.ENOTCONN})


class ObjectError(Exception):
    """The object store could not do it."""


class BadKey(ObjectError):
    """The text is not a key of an object."""


class NoSuchObject(ObjectError, FileNotFoundError):
    """There is no object of that key."""


class WrongContent(ObjectError):
    """The content differs from what was announced; the message says how."""


class StoreFull(ObjectError, OSError):
    """The object store has no space left."""


class StoreUnavailable(ObjectError, OSError):
    """The object store cannot be reached now, or refuses us."""


class CannotSign(ObjectError):
    """The object store hands out no URLs of its own."""


@contextmanager
def full_is_an_error_of_ours() -> Iterator[None]:
    """Turns what the system says of a file system that is full, or cannot be written to, into our errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull("the object store has no space left") from error
        if error.errno in _AWAY:
            raise StoreUnavailable(f"the object store failed: {error.strerror}") from error
        raise


@dataclass(frozen=True)
class Stored:
    """A written object: its size in bytes, MD5 (hex) and CRC-64/XZ (`x-cos-hash-crc64ecma`)."""

    size: int
    md5: str
    crc64: int


@dataclass(frozen=True)
class Entry:
    """An object in a listing."""

    key: str
    size: int
    modified_at: datetime


@lru_cache(1024)
def check_key(key: str) -> str:
    """The key itself; no segment is empty or begins with a dot, so `..`, absolute and hidden paths are none.

    Raises:
        BadKey: the text is not a key.
    """
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key) or max(map(len, key.split("/"))) > _LONGEST_SEGMENT:
        raise BadKey(f"{key[:64]!r} is not an object key")
    return key


class Digest:
    """Size, MD5 and CRC-64 of a stream; `update` releases the interpreter lock for large chunks."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc64: int | None = None
        self.size = 0

    def update(self, chunk: bytes | bytearray) -> None:
        """Adds the next bytes."""
        self.size += len(chunk)
        self._md5.update(chunk)
        self._crc64 = fastcrc.crc64.xz(chunk, self._crc64)

    def finish(self, expect_size: int | None, expect_md5: str | None) -> Stored:
        """The sums of the whole stream.

        Raises:
            WrongContent: they are not the expected ones.
        """
        stored = Stored(self.size, self._md5.hexdigest(), self._crc64 or 0)
        if expect_size is not None and stored.size != expect_size:
            raise WrongContent(f"{stored.size} bytes came, {expect_size} were announced")
        if expect_md5 is not None and stored.md5 != expect_md5:
            raise WrongContent(f"the content's MD5 is {stored.md5}, {expect_md5} was announced")
        return stored
