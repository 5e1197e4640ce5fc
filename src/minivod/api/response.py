"""The envelope of every answer: `{"Response": {…, "RequestId": …}}`, HTTP 200, exactly `application/json`."""

import msgspec
from starlette.types import Send

from minivod.errors import WireError
from minivod.messages import ENGLISH, translate, translate_members

_ENCODER = msgspec.json.Encoder()
_CONTENT_TYPE = (b"content-type", b"application/json")


def encode(answer: msgspec.Struct, request_id: str, language: str) -> bytes:
    """The body of a success; messages of tasks in it are in that language."""
    told = answer if language == ENGLISH else translate_members(msgspec.to_builtins(answer), language)
    members = _ENCODER.encode(told)
    comma = b"," if len(members) > len(b"{}") else b""
    return b'{"Response":%b%b"RequestId":"%b"}}' % (members[:-1], comma, request_id.encode())


def encode_error(error: WireError, request_id: str, language: str) -> bytes:
    """The body of a failure: its code, its message in that language, and nothing else."""
    message = translate(error.message, language)
    described = {"Error": {"Code": error.code, "Message": message}, "RequestId": request_id}
    return _ENCODER.encode({"Response": described})


async def send_answer(send: Send, body: bytes) -> None:
    """Sends the answer, a body from `encode` or `encode_error`; what of the request was not read, the server drops."""
    headers = [_CONTENT_TYPE, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
