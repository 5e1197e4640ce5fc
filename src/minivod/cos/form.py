"""POST of a form: an object that comes as the file of one, as the uploader for old Mini Programs sends it.

It is a request to the bucket. Its first parts are fields, which are small; `key` among them names the object. The last
part is `file`, which is streamed. It is signed like every request, in the Authorization header.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from minivod.cos.body import Body
from minivod.cos.errors import AccessDenied, EntityTooLarge, IncompleteBody, InvalidArgument, MethodNotAllowed
from minivod.cos.request import CosRequest, Parts
from minivod.cos.writing import write_object
from minivod.store.uploads import Upload, UploadedObject

STATUSES = frozenset({"200", "201", "204"})
"""What `success_action_status` may ask for."""
OVERHEAD = 128 * 1024
"""Bytes of a form beside its file."""
_LARGEST_FIELDS = 64 * 1024
_MOST_FIELDS = 64
_FILE, _KEY = "file", "key"
_BOUNDARY = re.compile(r'multipart/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(r'(?:^|;)\s*name=(?:"([^"]{1,256})"|([^\s;"]{1,256}))', re.IGNORECASE)


async def post_object(parts: Parts, upload: Upload, request: CosRequest) -> tuple[UploadedObject, int]:
    """Writes the file of the form; one that was there before is replaced.

    Returns:
        The object, and the status that the form wants.

    Raises:
        AccessDenied: the key is not of this upload.
        InvalidArgument: what came is no such form.
        EntityTooLarge, IncompleteBody, MissingContentLength, RequestTimeout: as said.
        MethodNotAllowed: the form wants what is not done here.
    """
    request.content_length(parts.max_size + OVERHEAD)
    if request.header("content-md5") is not None:
        raise InvalidArgument("the Content-MD5 of a form is not checked; leave it out")
    form = Form(request.header("content-type") or "", request.body, parts.max_size)
    async with aclosing(form.content()) as content:
        await anext(content)  # the fields are known
        key, status = form.fields.get(_KEY, "").removeprefix("/"), form.fields.get("success_action_status", "204")
        if key not in (upload.media_key, upload.cover_key):
            raise AccessDenied
        if form.fields.keys() & {"policy", "success_action_redirect"}:
            raise MethodNotAllowed("forms with a policy or a redirect are not taken")
        if status not in STATUSES:
            raise InvalidArgument(f"success_action_status must be one of {', '.join(sorted(STATUSES))}")
        uploaded = await write_object(parts, upload, key, lambda stored: parts.objects.put_stream(stored, content))
    return uploaded, int(status)


class Form:
    """A form as it comes.

    Args:
        content_type: of the request.
        body: of the request.
        limit: bytes of the file.

    Raises:
        InvalidArgument: the Content-Type is no form's.
    """

    def __init__(self, content_type: str, body: Body, limit: int) -> None:
        boundary = _BOUNDARY.match(content_type)
        if boundary is None:
            raise InvalidArgument("Content-Type must be multipart/form-data with a boundary")
        self.fields: dict[str, str] = {}
        """Those before the file; complete when the file begins."""
        self._body, self._limit = body, limit
        self._parser = MultipartParser((boundary[1] or boundary[2]).encode("utf-8", "replace"), {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._add,
            "on_part_end": self._end,
            "on_end": self._finish,
        })  # fmt: skip
        self._pieces: list[bytes] = []
        self._size = self._small = 0
        self._in_file = self._has_file = self._finished = False
        self._begin()

    async def content(self) -> AsyncGenerator[bytes, None]:
        """Nothing, when all fields have come; then the file, in pieces.

        Raises:
            InvalidArgument: it is no form, has no file, or has anything after it.
            EntityTooLarge: file or fields are too large.
            IncompleteBody: its last boundary is missing.
        """
        told = False
        async for chunk in self._body.chunks(self._limit + OVERHEAD):
            try:
                self._parser.write(chunk)
            except MultipartParseError:
                raise InvalidArgument("the body is not multipart/form-data") from None
            if self._has_file and not told:
                told = True
                yield b""
            for piece in self._pieces:
                yield piece
            self._pieces.clear()
        if not self._finished:
            raise IncompleteBody("the form ends without its last boundary")
        if not told:
            raise InvalidArgument("the form has no file")

    def _begin(self) -> None:
        if self._has_file:
            raise InvalidArgument("the file must be the last part of the form")
        self._header, self._value, self._field = bytearray(), bytearray(), bytearray()
        self._name = ""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            found = _NAME.search(self._value.decode("utf-8", "replace"))
            self._name = (found[1] or found[2]) if found else ""
        self._header, self._value = bytearray(), bytearray()

    def _end_headers(self) -> None:
        if not self._name or self._name in self.fields:
            raise InvalidArgument("each part of the form must have a name of its own")
        self._in_file = self._has_file = self._name == _FILE

    def _add(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._size += end - start
            if self._size > self._limit:
                raise EntityTooLarge(f"the file has more than {self._limit} bytes, which this server accepts")
            self._pieces.append(data[start:end])
            return
        self._small += end - start
        if self._small > _LARGEST_FIELDS:
            raise EntityTooLarge(f"the fields of the form have more than {_LARGEST_FIELDS} bytes")
        self._field += data[start:end]

    def _end(self) -> None:
        if self._in_file:
            self._in_file = False
            return
        if len(self.fields) >= _MOST_FIELDS:
            raise InvalidArgument(f"the form has more than {_MOST_FIELDS} fields")
        self.fields[self._name] = self._field.decode("utf-8", "replace")

    def _finish(self) -> None:
        self._finished = True
