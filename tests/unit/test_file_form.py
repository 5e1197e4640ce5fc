"""Forms with a file: read in any pieces, within bounds, and nothing that is no whole form passes for one."""

from collections.abc import AsyncIterator

import pytest

from minivod.file_form import FileForm, FormCut, FormError, FormTooLarge, open_form

TYPE = "multipart/form-data; boundary=line"
END = b"--line--"
MOST = 5000


def part(name: str, content: bytes, file_name: str | None = None, *more: str) -> bytes:
    named = f'; filename="{file_name}"' if file_name is not None else ""
    head = "\r\n".join([f'--line\r\nContent-Disposition: form-data; name="{name}"{named}', *more])
    return f"{head}\r\n\r\n".encode() + content + b"\r\n"


FILE = part("file", b"x", "a.mp4")


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def read(body: bytes, size: int = 7, content_type: str = TYPE) -> tuple[FileForm, bytes]:
    form = await open_form(pieces(body, size), content_type, MOST)
    return form, b"".join([chunk async for chunk in form.content])


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
async def test_a_form_comes_in_any_pieces(size: int) -> None:
    content = b"\r\n--lin\r\n--line-\r\n" * 50
    body = (
        part("csrf", b"token") + part("class", "7 类".encode()) + part("file", content, "a %22b%22.mp4") + b"--line--"
    )
    form, read_content = await read(body, size)
    assert form.fields == {"csrf": "token", "class": "7 类"}
    assert (form.file_name, read_content) == ('a "b".mp4', content)


@pytest.mark.parametrize("kind", [TYPE, 'Multipart/Form-Data; charset=utf-8; boundary="line"'])
async def test_ways_to_write_it(kind: str) -> None:
    form, content = await read(part("file", b"x", None, "Content-Type: video/mp4") + END + b"\r\n", 64, kind)
    assert (form.fields, form.file_name, content) == ({}, "", b"x")


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (part("csrf", b"x") + END, TYPE, "has no file"),
        (FILE + part("csrf", b"x") + END, TYPE, "last part"),
        (FILE + part("file", b"x", "b.mp4") + END, TYPE, "last part"),
        (part("csrf", b"x") * 2 + FILE + END, TYPE, "name of its own"),
        (b"".join(part(f"f{number}", b"x") for number in range(65)) + FILE + END, TYPE, "may be 64"),
        (part("csrf", b"\xff") + FILE + END, TYPE, "UTF-8"),
        (part("csrf", b"x") + FILE + END, "multipart/form-data", "boundary"),
        (part("csrf", b"x") + FILE + END, "application/x-www-form-urlencoded", "multipart/form-data"),
        (part("csrf", b"x") + FILE + END, f"multipart/form-data; boundary={'x' * 1000}", "is not multipart"),
        (part("csrf", b"x") + FILE + END, "", "Content-Type"),
        (b"--line\r\nContent-Disposition: form-data\r\n\r\nx\r\n--line--", TYPE, "must have a name"),
        (b'--line\r\nContent-Disposition: form-data; name=""\r\n\r\nx\r\n--line--', TYPE, "must have a name"),
        (part("x", b"", None, f"A: {'b' * 5000}") + FILE + END, TYPE, "is not multipart"),
        (part("x", b"", None, *["A: b"] * 20) + FILE + END, TYPE, "is not multipart"),
        (b"nothing of a form", TYPE, "is not multipart"),
    ],
)
async def test_what_is_no_such_form(body: bytes, content_type: str, error: str) -> None:
    with pytest.raises(FormError, match=error):
        await read(body, 64, content_type)


@pytest.mark.parametrize("body", [b"", FILE, FILE + END[:-1], part("csrf", b"x"), part("file", b"x", "a")[:-2]])
async def test_a_form_that_ends_early(body: bytes) -> None:
    with pytest.raises(FormCut):
        await read(body, 64)


async def test_large_fields() -> None:
    whole = part("a", b"x" * 40_000) + part("b", b"x" * 25_536)
    assert (await read(whole + FILE + END, 4096))[1] == b"x"
    with pytest.raises(FormTooLarge, match="65536 bytes"):
        await read(whole + part("c", b"x") + FILE + END, 4096)


async def test_large_files() -> None:
    assert len((await read(part("file", b"x" * MOST) + END, 64))[1]) == MOST
    with pytest.raises(FormTooLarge, match="5000 bytes"):
        await read(part("file", b"x" * (MOST + 1)) + END, 64)
