"""The hosts that uploaders of browsers and Mini Programs sign, or do not sign (players.md §C1)."""

import httpx
import msgspec

from minivod.store.uploads import Upload

from ...waiting import PATIENCE
from .conftest import CosServer
from .signing import authorization, code_of

CONTENT = b"video"


async def put(
    cos: CosServer, session: Upload, *, signed: str | None, forwarded: str | None, host: str
) -> httpx.Response:
    """PUT with `host` signed as given, None: not at all; and forwarded for that host."""
    path = f"/{session.media_key}"
    headers = {
        "authorization": authorization(session, "PUT", path, headers={"host": signed} if signed else None),
        "x-cos-security-token": session.token,
        "host": host,
    }
    if forwarded is not None:
        headers["vod-forward-cos"] = forwarded
    async with httpx.AsyncClient(base_url=f"http://{cos.address}", timeout=PATIENCE) as http:
        return await http.put(path, headers=headers, content=CONTENT)


async def test_which_hosts_are_accepted(cos: CosServer) -> None:
    """Of a forwarded one that of the session's bucket alone, with or without a signature of it."""
    session, other = await cos.session(), "minivod-1.cos.ap-guangzhou.myqcloud.com"
    bucket = f"minivod-{cos.app_id}.cos.ap-guangzhou.myqcloud.com"
    await cos.db.execute('update upload set details = details || \'{"storage_region": "ap-guangzhou"}\'')
    here = cos.address
    for signed, forwarded, code in (
        (None, None, ""),
        (here, None, ""),
        (bucket, bucket, ""),
        (None, bucket, ""),
        (bucket, None, "SignatureDoesNotMatch"),
        (here, bucket, "SignatureDoesNotMatch"),
        (other, bucket, "SignatureDoesNotMatch"),
        (other, other, "AccessDenied"),
        (here, here, "AccessDenied"),
        (bucket, f"{bucket}:443", "AccessDenied"),
        (bucket, bucket.upper(), "AccessDenied"),
        (bucket, "", "AccessDenied"),
        (here, "", "AccessDenied"),
        (None, other, "AccessDenied"),
    ):
        answer = await put(cos, session, signed=signed, forwarded=forwarded, host=here)
        got = "" if answer.status_code == 200 else code_of(answer)
        assert got == code, (signed, forwarded, answer.text)
    at_bucket = await put(cos, session, signed=None, forwarded=None, host=bucket)
    assert at_bucket.status_code == 200, "as by a name that leads here"
    stranger = msgspec.structs.replace(session, secret_id="AKID" + "u" * 32)
    assert code_of(await put(cos, stranger, signed=None, forwarded=other, host=here)) == "InvalidAccessKeyId"
