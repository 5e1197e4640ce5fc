"""The three calls: what is answered and done, which signatures pass, and how often."""

import asyncio
from typing import Any

import msgspec
import pytest

from minivod.actions.apply_upload import Request as ApplyRequest
from minivod.actions.apply_upload import run as apply_upload
from minivod.actions.create_class import Request as CreateClass
from minivod.actions.create_class import run as create_class
from minivod.actions.create_procedure_template import Request as CreateRequest
from minivod.actions.create_procedure_template import run as create_procedure
from minivod.store import accounts, events, media, quotas, upload_signatures, uploads
from minivod.store.accounts import AccessKey
from minivod.store.database import Database
from minivod.store.uploads import Upload
from minivod.ugc.endpoint import UgcEndpoint

from ..actions.test_commit_upload import CLIP, jpeg
from .conftest import Answer, Page

OK, INVALID, WRONG, EXPIRED, USED, FORBIDDEN, NO_SESSION, NOTHING_THERE, TOO_OFTEN = 0, *range(10001, 10009)


async def session(page: Page, applied: Answer) -> Upload:
    found = await uploads.find_by_session_key(page.db, page.call.sub_app_id, applied.data["vodSessionKey"])
    assert found is not None
    return found


async def test_prepare_tells_one_region(page: Page) -> None:
    answer = await page.ask("Prepare")
    host = f"minivod-{page.key.app_id}.cos.minivod-local.myqcloud.com"
    assert answer.data == {
        "appId": page.key.app_id,
        "cosRegionList": [{"region": "minivod-local", "domain": host}],
    }
    there = await page.ask("Prepare", signature=page.signature(storageRegion="ap-guangzhou"))
    assert [one["region"] for one in there.data["cosRegionList"]] == ["ap-guangzhou"]


async def test_apply_answers_what_the_uploaders_read(page: Page) -> None:
    applied = await page.apply(coverName="c", coverType="JPG", coverSize=10)
    opened = await session(page, applied)
    assert applied.data == {
        "video": {"storagePath": f"/{opened.media_key}", "storageSignature": ""},
        "cover": {"storagePath": f"/{opened.cover_key}", "storageSignature": ""},
        "storageAppId": page.key.app_id,
        "storageBucket": "minivod",
        "storageRegion": "minivod-local",
        "storageRegionV5": "minivod-local",
        "StorageRegionV5": "minivod-local",
        "domain": "vod.example:9443",
        "vodSessionKey": opened.session_key,
        "appId": page.key.app_id,
        "timestamp": int(page.clock.now()),
        "tempCertificate": {
            "secretId": opened.secret_id,
            "secretKey": opened.secret_key,
            "token": opened.token,
            "expiredTime": int(opened.expires_at.timestamp()) if opened.expires_at else 0,
        },
        "MiniProgramAccelerateHost": "vod.example:9443",
    }
    assert opened.bucket == f"minivod-{page.key.app_id}"
    assert applied.data["tempCertificate"]["expiredTime"] > page.clock.now() + 43_000
    assert "cover" not in (await page.apply()).data


async def test_a_video_of_an_upload(page: Page) -> None:
    """As ApplyUpload and CommitUpload make it, with the event and what the signature says."""
    applied = await page.apply(
        signature=page.signature(sourceContext="来源 & + =", storageRegion="ap-guangzhou"),
        videoName="../../<b>视频</b>",
        coverType="jpg",
        ExpireTime="2099-01-01T00:00:00Z",
    )
    await page.upload(applied, CLIP, jpeg())
    answer = await page.ask("Commit", vodSessionKey=applied.data["vodSessionKey"])
    file_id = answer.data["fileId"]
    found = (await media.find(page.db, page.call.sub_app_id, [file_id]))[file_id]
    assert found.metadata["size"] == len(CLIP)
    assert (found.name, found.source_context) == ("../../<b>视频</b>", "来源 & + =")
    assert (found.storage_region, found.cover_type) == ("ap-guangzhou", "jpg")
    assert found.expires_at is not None
    assert found.expires_at.year == 2099
    base = f"https://vod.example:9443/{page.key.app_id}/{found.directory}/{file_id}"
    assert answer.data == {
        "fileId": file_id,
        "video": {"url": f"{base}/f0.mp4"},
        "cover": {"url": f"{base}/{file_id}.jpg"},
    }
    (event,) = await events.pull(page.db, page.call.sub_app_id)
    assert event.payload["MediaBasicInfo"]["SourceInfo"]["SourceContext"] == "来源 & + ="
    # The uploaders commit up to four times.
    again = await asyncio.gather(
        *(page.ask("Commit", vodSessionKey=applied.data["vodSessionKey"]) for _ in range(3)),
    )
    assert [one.data for one in again] == [answer.data] * 3
    assert len(await events.pull(page.db, page.call.sub_app_id)) == 0


async def test_the_uploader_for_mini_programs_tells_no_size(page: Page) -> None:
    text = page.signature()
    applied = await page.ask("Apply", signature=text, videoName="来自小程序", videoType="mp4")
    assert applied.code == OK
    await page.upload(applied, CLIP)
    done = await page.ask("Commit", signature=text, vodSessionKey=applied.data["vodSessionKey"])
    assert list(done.data) == ["fileId", "video"]


async def test_the_procedure_of_the_signature_is_begun(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    task: dict[str, Any] = {"SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "TimeOffsetSet": [0]}]}
    created = msgspec.convert({"Name": "p", "MediaProcessTask": task}, CreateRequest)
    await create_procedure(page.call, created)
    signature = page.signature(procedure="p", taskPriority=-3, taskNotifyMode="Change", sessionContext="会话")
    applied = await page.apply(signature=signature)
    await page.upload(applied, CLIP)
    assert (await page.ask("Commit", vodSessionKey=applied.data["vodSessionKey"])).code == OK
    [row] = await page.db.fetch_all("select priority, params from task where parent_id is null")
    assert row["priority"] == -3
    assert row["params"] == {"notify": "Change", "session_id": "", "session_context": "会话"}


async def test_a_class_of_the_signature(page: Page) -> None:
    created = await create_class(page.call, msgspec.convert({"ParentId": -1, "ClassName": "Films"}, CreateClass))
    applied = await page.apply(signature=page.signature(classId=created.ClassId))
    assert (await session(page, applied)).details.class_id == int(created.ClassId)


async def test_a_quota_that_is_used_up(page: Page) -> None:
    applied = await page.apply()
    await page.upload(applied, CLIP)
    assert (await page.ask("Commit", vodSessionKey=applied.data["vodSessionKey"])).code == 0
    await quotas.change(page.db, page.call.sub_app_id, {"media": 1})
    page.clock.advance(2)  # applications are remembered for a second
    assert (await page.apply()).code == 10011


WRONGLY_SIGNED: list[tuple[dict[str, Any], str]] = [
    ({"classId": 77}, "classId 77 is no class"),
    ({"procedure": "nothing"}, "procedure 'nothing' is not a procedure"),
    ({"storageRegion": "nowhere!"}, "storageRegion 'nowhere!'"),
    ({"vodSubAppId": 42}, "vodSubAppId is 42"),
    ({"isTranscode": 1}, "'isTranscode' is not a parameter of the upload signature"),
]


async def test_what_a_signature_says_wrongly(page: Page) -> None:
    for members, name in WRONGLY_SIGNED:
        answer = await page.apply(signature=page.signature(**members))
        assert (answer.code, answer.message.startswith(name)) == (INVALID, True), answer.message


WRONGLY_TOLD: list[tuple[dict[str, Any], str]] = [
    ({"videoType": ""}, "the parameter videoType is missing"),
    ({"videoType": "exe"}, "videoType 'exe' is not a type of media"),
    ({"videoType": "../mp4"}, "videoType '../mp4' is not a type of media"),
    ({"videoType": "m3u8"}, "videoType 'm3u8': manifests"),
    ({"videoType": 4}, "videoType is 4; it must be a string"),
    ({"videoSize": 0}, "videoSize is 0; it must be an integer at least 1"),
    ({"videoSize": 50 * 1024**3 + 1}, "videoSize is 53687091201; a file may have at most 53687091200 bytes"),
    ({"coverType": "jpg", "coverSize": 50 * 1024**3 + 1}, "coverSize is"),
    ({"videoName": "n" * 256}, "videoName is"),
    ({"coverType": "svg"}, "coverType 'svg' is not a type of cover"),
    ({"ExpireTime": "yesterday"}, "ExpireTime 'yesterday'"),
    ({"storageRegion": "x y"}, "storageRegion 'x y'"),
    ({"fileId": "5285485487985271487"}, "fileId '5285485487985271487': the cover of a video that exists"),
    ({"uploadFromWeb": "yes"}, "uploadFromWeb is 'yes'; it must be true or false"),
    ({"procedure": "p"}, "'procedure' is not a parameter of ApplyUploadUGC; known are signature, vodSessionKey"),
]


async def test_what_a_body_says_wrongly(page: Page) -> None:
    for told, words in WRONGLY_TOLD:
        answer = await page.apply(**told)
        assert (answer.code, answer.message.startswith(words)) == (INVALID, True), answer.message
    assert await page.db.fetch_all("select 1 from upload") == []


async def test_the_signed_region_cannot_be_changed(page: Page) -> None:
    answer = await page.apply(signature=page.signature(storageRegion="ap-beijing"), storageRegion="ap-guangzhou")
    assert (answer.code, "ap-beijing" in answer.message) == (INVALID, True)


# who may upload


async def test_forged_signatures(page: Page) -> None:
    other = AccessKey(page.key.secret_id, 0, "x" * 32, enabled=True, account_enabled=True)
    unknown = AccessKey("AKID" + "u" * 32, 0, "x" * 32, enabled=True, account_enabled=True)
    for text, words in (
        (page.signature(other), "was not made with the SecretKey of"),
        (page.signature(unknown), "does not exist or is disabled"),
        (page.signature(AccessKey("nobody", 0, "x", enabled=True, account_enabled=True)), "SecretId"),
        ("AAAA", "signature has 3 bytes"),
        ("?", "signature is not Base64"),
    ):
        for action in ("Prepare", "Apply", "Commit"):
            answer = await page.ask(action, signature=text)
            assert (answer.code, words in answer.message) == (WRONG, True), answer.message
    for body in (b"", b"{}", b'{"signature": null}'):
        assert (await page.send(body)).message == "the parameter signature is missing; ApplyUploadUGC requires it"
    assert (await page.send(b'{"signature": 5}')).code == INVALID


async def test_expired_signatures(page: Page) -> None:
    text = page.signature()
    applied = await page.apply(signature=text)
    page.clock.advance(601)
    late = await page.apply(signature=text)
    assert (late.code, "expired 1 s ago" in late.message) == (EXPIRED, True)
    committed = await page.ask("Commit", signature=text, vodSessionKey=applied.data["vodSessionKey"])
    assert committed.code == EXPIRED


async def test_keys_that_may_not(page: Page) -> None:
    """Disabled, limited to other actions or applications, temporary; and accounts and applications that are off."""
    db, app_id = page.db, page.key.app_id
    async with db.transaction() as connection:
        second = await accounts.create_sub_app(connection, app_id, "second")
        applies = await accounts.create_key(connection, app_id, actions=["ApplyUpload"])
        commits = await accounts.create_key(connection, app_id, actions=["CommitUpload"])
        elsewhere = await accounts.create_key(connection, app_id, sub_app_ids=[second.sub_app_id])
        disabled = await accounts.create_key(connection, app_id)
        temporary = await accounts.create_key(connection, app_id, expires_at=page.clock.utc())
    await accounts.set_key_enabled(db, disabled.secret_id, enabled=False)
    opened = (await page.apply()).data["vodSessionKey"]
    for key, action, code in (
        (applies, "Prepare", OK),
        (applies, "Apply", OK),
        (applies, "Commit", FORBIDDEN),
        (commits, "Apply", FORBIDDEN),
        (commits, "Commit", NOTHING_THERE),
        (elsewhere, "Apply", FORBIDDEN),
        (elsewhere, "Commit", FORBIDDEN),
        (disabled, "Apply", WRONG),
        (temporary, "Apply", WRONG),
    ):
        told = {"vodSessionKey": opened} if action == "Commit" else {"videoType": "mp4"} if action == "Apply" else {}
        answer = await page.ask(action, signature=page.signature(key), **told)
        assert answer.code == code, (action, answer.message)
    there = await page.apply(signature=page.signature(elsewhere, vodSubAppId=second.sub_app_id))
    assert there.data["storageAppId"] == second.sub_app_id
    await db.execute("update sub_app set status = 'Off' where sub_app_id = %s", [app_id])
    page.clock.advance(2)
    for action in ("Prepare", "Apply", "Commit"):
        told = {"videoType": "mp4"} if action == "Apply" else {"vodSessionKey": opened} if action == "Commit" else {}
        answer = await page.ask(action, **told)
        assert (answer.code, "Off" in answer.message) == (FORBIDDEN, True), answer.message
    await accounts.set_account_enabled(db, app_id, enabled=False)
    page.clock.advance(2)
    answer = await page.apply()
    assert (answer.code, answer.message) == (FORBIDDEN, f"the account {app_id} is disabled")


async def test_another_tenants_session_is_like_none(page: Page) -> None:
    async with page.db.transaction() as connection:
        stranger = await accounts.create_key(connection, await accounts.create_account(connection))
    opened = (await page.apply()).data["vodSessionKey"]
    said = set()
    for action in ("Apply", "Commit"):
        for key in (opened, "unknown", "\n", "é"):
            answer = await page.ask(action, signature=page.signature(stranger), vodSessionKey=key)
            said.add((answer.code, answer.message))
    [(code, message)] = said
    assert code == NO_SESSION
    assert message.startswith("vodSessionKey is not the key of an upload of this application")


# signatures that may be used once


async def test_a_signature_that_may_be_used_once(page: Page) -> None:
    """Prepare does not use it up, Apply does; Commit passes with it, as often as it is repeated."""
    once = page.signature(oneTimeValid=1)
    assert (await page.ask("Prepare", signature=once)).code == OK
    applied = await page.apply(signature=once)
    assert applied.code == OK
    key = applied.data["vodSessionKey"]
    again: list[tuple[str, dict[str, Any]]] = [("Prepare", {}), ("Apply", {"videoType": "mp4"})]
    for action, told in (*again, ("Apply", {"vodSessionKey": key})):
        answer = await page.ask(action, signature=once, **told)
        assert (answer.code, "used already" in answer.message) == (USED, True), action
    await page.upload(applied, CLIP)
    first = await page.ask("Commit", signature=once, vodSessionKey=key)
    assert first.code == OK
    assert (await page.ask("Commit", signature=once, vodSessionKey=key)).data == first.data
    other = await page.apply()
    answer = await page.ask("Commit", signature=once, vodSessionKey=other.data["vodSessionKey"])
    assert answer.code == USED, "of another session"
    # The uploader for the Web brings a new one to the commit.
    fresh = page.signature(oneTimeValid=1)
    assert (await page.ask("Commit", signature=fresh, vodSessionKey=key)).data == first.data
    assert (await page.apply(signature=fresh)).code == USED


async def test_other_spellings_of_a_used_signature_are_used(page: Page) -> None:
    once = page.signature(oneTimeValid=1)
    assert (await page.apply(signature=once)).code == OK
    assert (await page.apply(signature=once[:10] + "\n" + once[10:])).code == USED


async def test_an_apply_that_fails_uses_nothing_up(page: Page) -> None:
    once = page.signature(oneTimeValid=1)
    assert (await page.ask("Apply", signature=once, videoType="exe")).code == INVALID
    assert (await page.ask("Apply", signature=once, vodSessionKey="unknown")).code == NO_SESSION
    assert (await page.apply(signature=once)).code == OK


async def test_twenty_at_two_servers_use_it_once(page: Page, database_url: str) -> None:
    """Whichever is first; the others are refused, and open nothing."""
    second = await Database(database_url).open()
    services = msgspec.structs.replace(page.call.services, database=second)
    servers = [page.endpoint, UgcEndpoint(services)]
    once = page.signature(oneTimeValid=1)
    told = {"signature": once, "videoType": "mp4"}
    answers = await asyncio.gather(*(page.ask("Apply", servers[at % 2], **told) for at in range(20)))
    await second.close()
    assert sorted(answer.code for answer in answers) == [OK, *[USED] * 19]
    assert len(await page.db.fetch_all("select 1 from upload")) == 1


async def test_used_signatures_are_remembered_until_they_expire(page: Page) -> None:
    """Also when their session is gone."""
    once = page.signature(oneTimeValid=1)
    applied = await page.apply(signature=once)
    await page.db.execute("delete from upload where session_key = %s", [applied.data["vodSessionKey"]])
    assert await upload_signatures.forget_expired(page.db) == 0
    assert (await page.apply(signature=once)).code == USED
    await page.db.execute("update upload_signature set expires_at = now() - interval '61 minutes'")
    assert await upload_signatures.forget_expired(page.db) == 1


# resuming


async def test_an_upload_is_resumed_with_a_fresh_key(page: Page) -> None:
    applied = await page.apply(coverType="jpg")
    key = applied.data["vodSessionKey"]
    await page.db.execute("update upload set expires_at = expires_at - interval '1 hour'")
    again = await page.ask("Apply", vodSessionKey=key, uploadFromWeb=True, coverName="c", coverType="jpg")
    assert again.code == OK, again.message
    before, after = applied.data["tempCertificate"], again.data["tempCertificate"]
    assert not set(before.values()) & {after["secretId"], after["secretKey"], after["token"]}
    assert after["expiredTime"] >= before["expiredTime"]
    for member in ("video", "cover", "storageBucket", "storageRegion", "vodSessionKey"):
        assert again.data[member] == applied.data[member]
    # Both keys work, each until it expires.
    for certificate in (before, after):
        found = await uploads.find_by_secret_id(page.db, certificate["secretId"])
        assert found is not None
        assert (found.secret_key, found.token, found.open) == (certificate["secretKey"], certificate["token"], True)
        assert found.session_key == key
    await page.db.execute("update upload set key_expires_at = now()")
    states = [await uploads.find_by_secret_id(page.db, one["secretId"]) for one in (before, after)]
    assert [one and one.open for one in states] == [False, True]
    await page.db.execute("update upload_key set expires_at = now()")
    third = (await page.ask("Apply", vodSessionKey=key)).data["tempCertificate"]
    rows = await page.db.fetch_all("select secret_id from upload_key")
    assert [row["secret_id"] for row in rows] == [third["secretId"]], "expired ones are removed"


async def test_what_a_resumed_upload_keeps_and_what_it_takes(page: Page) -> None:
    applied = await page.apply(signature=page.signature(sourceContext="first"))
    key = applied.data["vodSessionKey"]
    again = await page.ask(
        "Apply",
        signature=page.signature(sourceContext="second"),
        vodSessionKey=key,
        ExpireTime="2099-01-01T00:00:00Z",
        storageRegion="minivod-local",
    )
    assert again.code == OK
    details = (await session(page, applied)).details
    assert (details.source_context, details.name) == ("first", "clip")
    assert details.expire_time is not None
    assert details.expire_time.year == 2099


async def test_what_cannot_be_changed_by_resuming(page: Page) -> None:
    applied = await page.apply()
    changes: dict[str, Any] = {"videoType": "mp4", "videoName": "n", "videoSize": 5, "coverType": "jpg"}
    changes |= {"storageRegion": "ap-guangzhou", "ExpireTime": "never"}
    for name, value in changes.items():
        answer = await page.ask("Apply", vodSessionKey=applied.data["vodSessionKey"], **{name: value})
        assert (answer.code, name in answer.message) == (INVALID, True), answer.message


async def test_an_upload_that_is_over_is_not_resumed(page: Page) -> None:
    """The uploader for the Web begins anew then."""
    applied, expired = await page.apply(), await page.apply()
    await page.upload(applied, CLIP)
    done = await page.ask("Commit", vodSessionKey=applied.data["vodSessionKey"])
    await page.db.execute(
        "update upload set expires_at = now() where session_key = %s", [expired.data["vodSessionKey"]]
    )
    committed = await page.ask("Apply", vodSessionKey=applied.data["vodSessionKey"])
    assert (committed.code, done.data["fileId"] in committed.message) == (NO_SESSION, True)
    assert (await page.ask("Apply", vodSessionKey=expired.data["vodSessionKey"])).code == NO_SESSION


async def test_nothing_was_uploaded(page: Page) -> None:
    applied = await page.apply()
    answer = await page.ask("Commit", vodSessionKey=applied.data["vodSessionKey"])
    assert (answer.code, "nothing was uploaded to /vod_upload/" in answer.message) == (NOTHING_THERE, True)


async def test_sessions_of_either_protocol_are_the_same(page: Page) -> None:
    """A server may apply, and a page commit."""
    opened = await apply_upload(page.call, ApplyRequest(MediaType="mp4"))
    resumed = await page.ask("Apply", vodSessionKey=opened.VodSessionKey)
    assert resumed.data["video"]["storagePath"] == opened.MediaStoragePath
    await page.upload(resumed, CLIP)
    assert (await page.ask("Commit", vodSessionKey=opened.VodSessionKey)).code == OK
