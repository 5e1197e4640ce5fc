"""Applications, keys and links: who sees and changes what, what is written down, and a secret that is shown once."""

import re
import time
from typing import Any

import httpx

from minivod.console import paths
from minivod.playback.signature import make, signed_by
from minivod.publishing import own_policies
from minivod.store import accounts, application_list, console_changes, distributions
from minivod.store.console_changes import Change

from .desk import Desk, Person

KEY = "0123456789abcdef"
SIGNATURE = re.compile(r"http://[^\s<]*[?&amp;]sign=[0-9a-f]{32}")


async def changes(desk: Desk) -> list[Change]:
    rows = await desk.db.fetch_all(
        "select c.*, o.ended_at, o.code, o.message from console_change c left join console_outcome o using (change_id)"
        " order by change_id"
    )
    return [Change(**row) for row in rows]


async def post(person: Person, path: str, *page: str, **fields: Any) -> httpx.Response:
    return await person.post(page[0] if page else paths.APPS, path, **fields)


async def test_the_list_has_every_application(desk: Desk) -> None:
    video = await desk.stage.video("PASS")
    text = (await (await desk.signed_in("viewer")).get(paths.APPS)).text
    assert f"Account {desk.stage.app_id}" in text and f"<code>{video.sub_app_id}</code>" in text
    assert "published videos" in text and 'method="post" action="/console/apps' not in text


async def test_an_empty_server(desk: Desk) -> None:
    await desk.db.execute("truncate account cascade")
    person = await desk.signed_in("admin")
    assert "There is no account yet" in (await person.get(paths.APPS)).text
    assert "There is no key" in (await person.get(paths.KEYS)).text


async def test_pages_of_applications(desk: Desk) -> None:
    async with desk.db.transaction() as connection:
        for number in range(60):
            await accounts.create_sub_app(connection, desk.stage.app_id, f"application {number}")
    person = await desk.signed_in("viewer")
    first = (await person.get(paths.APPS)).text
    [after] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await person.get(after)).text
    names = [re.findall(r"<bdi class=\"title\">(application \d+)", text) for text in (first, second)]
    assert len(names[0]) == 49 and len(names[1]) == 11 and not set(names[0]) & set(names[1])
    assert (await person.get(f"{paths.APPS}?after=x")).status_code == 404


POSTS = (
    "accounts", "accounts/{app}", "accounts/{app}/applications", "keys", "keys/switch", "{app}/about", "{app}/status",
    "{app}/quotas", "{app}/distribution", "{app}/key", "{app}/policy", "{app}/link",
)  # fmt: skip


async def test_only_administrators_change_anything(desk: Desk) -> None:
    people = [await desk.signed_in(role) for role in ("viewer", "reviewer")]
    admin = await desk.signed_in("admin")
    for path in POSTS:
        where = f"{paths.APPS}/{path.format(app=desk.stage.app_id)}"
        for person in people:
            assert (await post(person, where, to="disabled", kind="open", name="x")).status_code == 403, path
        assert (await admin.client.post(where, data={"to": "disabled"})).status_code == 403, path
        assert (await desk.person().client.post(where)).status_code in (303, 403), path
    assert await changes(desk) == []


async def test_an_application_is_made(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    where = f"{paths.APPS}/accounts/{account}/applications"
    answer = await post(admin, where, name="学校", description="lessons")
    assert answer.status_code == 303
    made = int(answer.headers["location"].partition("?")[0].rpartition("/")[2])
    page = (await admin.get(answer.headers["location"])).text
    assert "学校" in page and "lessons" in page and "The application is made." in page
    [change] = await changes(desk)
    assert (change.action, change.made_by, change.code) == ("CreateSubAppId", "admin", "")
    assert await accounts.has_sub_app(desk.db, made)


async def test_a_name_that_cannot_be_is_told(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    where = f"{paths.APPS}/accounts/{account}/applications"
    answer = await post(admin, where, name="x" * 41, description="")
    assert answer.status_code == 409 and "at most 40" in answer.text
    assert (await post(admin, f"{paths.APPS}/accounts/1/applications", name="x")).status_code == 409
    assert len(await application_list.named(desk.db, None, 9)) == 1


async def test_a_new_account_comes_with_a_key_that_is_shown_once(desk: Desk) -> None:
    admin = await desk.signed_in("admin")
    answer = await post(admin, f"{paths.APPS}/accounts")
    assert answer.status_code == 200
    [secret_id] = re.findall(r"AKID[0-9A-Za-z]{32}", answer.text)
    key = await accounts.find_key(desk.db, secret_id)
    assert key is not None and key.secret_key in answer.text and key.app_id != desk.stage.app_id
    [change] = await changes(desk)
    assert (change.action, change.about) == ("CreateAccount", str(key.app_id))
    assert key.secret_key not in str(change)


async def test_an_account_is_switched(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    where = f"{paths.APPS}/accounts/{account}"
    for wanted, enabled in (("disabled", False), ("enabled", True)):
        answer = await post(admin, where, to=wanted)
        assert answer.headers["location"] == f"{paths.APPS}?said=account_{wanted}"
        [found] = await accounts.list_accounts(desk.db)
        assert found.enabled is enabled
        assert ("disabled</span>" in (await admin.get(paths.APPS)).text) is not enabled
    assert (await post(admin, where, to="gone")).status_code == 400
    assert (await post(admin, f"{paths.APPS}/accounts/1", to="enabled")).status_code == 404
    assert [one.action for one in await changes(desk)] == ["DisableAccount", "EnableAccount"]


async def test_a_key_is_made_and_its_secret_shown_once(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    form = f"{paths.KEYS}/new?account={account}"
    answer = await post(
        admin, paths.KEYS, form, account=account, apps="some", app=account, actions="some",
        action=["DescribeMediaInfos", "ApplyUpload"], hours="2",
    )  # fmt: skip
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    [secret_id] = re.findall(r"AKID[0-9A-Za-z]{32}", answer.text)
    key = await accounts.find_key(desk.db, secret_id)
    assert key is not None and key.token is not None and key.expires_at is not None
    assert answer.text.count(key.secret_key) == 1 and answer.text.count(key.token) == 1
    assert key.sub_app_ids == [account] and key.actions == ["DescribeMediaInfos", "ApplyUpload"]
    assert 7100 < key.expires_at.timestamp() - time.time() < 7300
    for path in (paths.KEYS, paths.app(account), form, paths.APPS):
        text = (await admin.get(path)).text
        assert key.secret_key not in text and key.token not in text
    assert secret_id in (await admin.get(paths.KEYS)).text
    [change] = await changes(desk)
    assert (change.action, change.about, change.parameters["Hours"]) == ("CreateKey", secret_id, 2.0)
    assert key.secret_key not in str(change) and key.token not in str(change)


async def test_a_key_without_limits(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    answer = await post(admin, paths.KEYS, account=account, apps="all", actions="all", hours="")
    [secret_id] = re.findall(r"AKID[0-9A-Za-z]{32}", answer.text)
    key = await accounts.find_key(desk.db, secret_id)
    assert key is not None
    assert (key.token, key.expires_at, key.sub_app_ids, key.actions) == (None, None, None, None)


NO_KEYS: tuple[tuple[dict[str, str], int], ...] = (
    ({"hours": "nan"}, 400), ({"hours": "-1"}, 400), ({"hours": "9000"}, 400), ({"hours": "soon"}, 400),
    ({"apps": "some"}, 400), ({"actions": "some"}, 400), ({"apps": "some", "app": "1"}, 400),
    ({"actions": "some", "action": "Nothing"}, 400), ({"account": "1"}, 404), ({"account": "x"}, 404),
    ({"account": ""}, 404),
)  # fmt: skip


async def test_keys_that_cannot_be(desk: Desk) -> None:
    admin = await desk.signed_in("admin")
    for fields, status in NO_KEYS:
        answer = await post(admin, paths.KEYS, **{"account": desk.stage.app_id, **fields})
        assert answer.status_code == status, fields
    assert await application_list.keys(desk.db, None, offset=0, limit=9) == [] and await changes(desk) == []


async def test_a_key_is_switched(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    async with desk.db.transaction() as connection:
        key = await accounts.create_key(connection, account)
    for wanted, enabled in (("disabled", False), ("enabled", True)):
        answer = await post(admin, f"{paths.KEYS}/switch", paths.KEYS, secret_id=key.secret_id, to=wanted, account="")
        assert answer.headers["location"] == f"{paths.KEYS}?said=key_{wanted}"
        found = await accounts.find_key(desk.db, key.secret_id)
        assert found is not None and found.enabled is enabled
    assert [one.action for one in await changes(desk)] == ["DisableKey", "EnableKey"]
    assert (await post(admin, f"{paths.KEYS}/switch", secret_id="AKID", to="enabled")).status_code == 404
    assert (await post(admin, f"{paths.KEYS}/switch", secret_id=key.secret_id, to="")).status_code == 400


async def test_keys_page_by_page(desk: Desk) -> None:
    async with desk.db.transaction() as connection:
        for _ in range(53):
            await accounts.create_key(connection, desk.stage.app_id)
    person = await desk.signed_in("viewer")
    first = (await person.get(f"{paths.KEYS}?account={desk.stage.app_id}")).text
    [after] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await person.get(after.replace("&amp;", "&"))).text
    ids = [set(re.findall(r"AKID[0-9A-Za-z]{32}", text)) for text in (first, second)]
    assert len(ids[0]) == 50 and len(ids[1]) == 3 and not ids[0] & ids[1]
    assert (await person.get(f"{paths.KEYS}?account=x")).status_code == 404


async def test_name_and_description(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    answer = await post(admin, f"{paths.app(app)}/about", name="new name", description="what it is for")
    assert answer.headers["location"] == f"{paths.app(app)}?said=saved#about"
    text = (await admin.get(paths.app(app))).text
    assert "new name" in text and "what it is for" in text and "ModifySubAppIdInfo" in text
    refused = await post(admin, f"{paths.app(app)}/about", name="\u202e", description="kept in the form")
    assert refused.status_code == 409 and "kept in the form" in refused.text


async def test_status(desk: Desk) -> None:
    admin, account = await desk.signed_in("admin"), desk.stage.app_id
    async with desk.db.transaction() as connection:
        app = (await accounts.create_sub_app(connection, account, "other")).sub_app_id

    async def switched(**fields: Any) -> tuple[int, str]:
        answer = await post(admin, f"{paths.app(app)}/status", **fields)
        found = await application_list.find(desk.db, app)
        assert found is not None
        return answer.status_code, found.status

    assert await switched(to="Off") == (303, "Off")
    assert await switched(to="On") == (303, "On")
    assert await switched(to="Destroyed", confirm="yes") == (400, "On")
    assert await switched(to="Sideways") == (409, "On")
    assert await switched(to="Destroyed", confirm=f" {app} ") == (303, "Destroying")
    assert await switched(to="On") == (409, "Destroying")
    assert "It is being destroyed" in (await admin.get(paths.app(app))).text
    default = await post(admin, f"{paths.app(account)}/status", to="Destroyed", confirm=account)
    assert default.status_code == 409 and "cannot be destroyed" in default.text


async def test_quotas(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id

    async def after(**fields: str) -> tuple[int, int | None, int | None, int | None]:
        answer = await post(admin, f"{paths.app(app)}/quotas", **fields)
        found = await application_list.find(desk.db, app)
        assert found is not None
        return answer.status_code, found.quota_bytes, found.quota_media, found.quota_tasks

    assert await after(bytes="10G", media="0", tasks="") == (303, 10 * 1024**3, 0, None)
    assert "10.7 GB" in (await admin.get(paths.app(app))).text
    assert await after(bytes="1", media="many", tasks="5") == (400, 10 * 1024**3, 0, None)
    assert await after(bytes="", media="", tasks=" 7 ") == (303, None, None, 7)
    assert [one.parameters for one in await changes(desk)] == [
        {"bytes": 10 * 1024**3, "media": 0, "tasks": None}, {"bytes": None, "media": None, "tasks": 7},
    ]  # fmt: skip


async def test_distribution_and_its_key(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    where = f"{paths.app(app)}/distribution"
    assert (await post(admin, where, kind="signed", key="")).status_code == 303
    made = (await distributions.find(desk.db, app)).url_key
    assert made is not None and len(made) == 32
    assert (await post(admin, where, kind="signed", key=KEY)).status_code == 303
    for role in ("viewer", "admin"):
        assert KEY not in (await (await desk.signed_in(role)).get(paths.app(app))).text
    told = await post(admin, f"{paths.app(app)}/key")
    assert told.status_code == 200 and KEY in told.text
    assert (await post(admin, where, kind="open", key="")).status_code == 303
    assert (await distributions.find(desk.db, app)).distribution == "open"
    for kind, key, status in (("open", KEY, 400), ("signed", "short", 400), ("other", "", 400)):
        assert (await post(admin, where, kind=kind, key=key)).status_code == status
    assert [one.action for one in await changes(desk)] == [
        "SetDistribution", "SetDistribution", "ShowLinkKey", "SetDistribution",
    ]  # fmt: skip
    assert KEY not in str(await changes(desk))


async def test_the_policy(desk: Desk) -> None:
    admin, app = await desk.signed_in("admin"), desk.stage.app_id
    where = f"{paths.app(app)}/policy"
    wanted: dict[str, Any] = {
        "category": ["Porn", "Ad.Ocr"], "Porn.review": "50", "Porn.block": "70.5", "Porn.extreme": "90",
        "on_review": "pass", "on_uncovered": "", "reason": "a school", "to": "set",
    }  # fmt: skip
    assert (await post(admin, where, **wanted)).headers["location"] == f"{paths.app(app)}?said=saved#policy"
    own = await own_policies.current(desk.db, app)
    assert own is not None
    assert own.thresholds == {"Porn": [50, 70.5, 90]} and own.categories == ["Ad.Ocr", "Porn"]
    assert (own.on_review, own.on_uncovered) == ("pass", None)
    text = (await admin.get(paths.app(app))).text
    assert 'value="70.5"' in text and "a school" in text
    assert "said=" not in (await post(admin, where, **wanted)).headers["location"], "it was so already"
    mistakes: tuple[dict[str, Any], ...] = (
        {"Porn.block": ""}, {"Porn.block": "99"}, {"Porn.review": "nan"}, {"category": []}, {"on_review": "maybe"},
        {"reason": "x" * 501},
    )  # fmt: skip
    for wrong in mistakes:
        refused = await post(admin, where, **{**wanted, **wrong})
        assert refused.status_code == 400 and "Nothing was changed." in refused.text, wrong
    assert await own_policies.current(desk.db, app) == own
    assert (await post(admin, where, to="reset", reason="a mistake")).status_code == 303
    assert await own_policies.current(desk.db, app) is None
    written = await console_changes.history(desk.db, app, str(app))
    assert [(one.action, one.parameters["Reason"]) for one in written if one.action != "SetPolicy"] == [
        ("ResetPolicy", "a mistake")
    ]


async def test_links_are_tested(desk: Desk) -> None:
    video = await desk.stage.video("PASS")
    admin, app = await desk.signed_in("admin"), video.sub_app_id
    url = f"https://vod.example/{desk.stage.app_id}/vodtrans/{video.file_id}/v.mp4"
    where = f"{paths.app(app)}/link"
    assert "no key of links yet" in (await post(admin, where, url=url, do="check")).text
    async with desk.db.transaction() as connection:
        await distributions.save(connection, distributions.signed(await distributions.lock(connection, app), KEY))
    right = signed_by(KEY, make(expires=time.time() + 60, exper=30, rlimit=3), url)
    told = (await post(admin, where, url=right, do="check")).text
    assert "The signature is right." in told and "the first 30 s play" in told and "for 3 addresses" in told
    wrong = (await post(admin, where, url=right.replace("exper=30", "exper=31"), do="check")).text
    assert "The link does not play:" in wrong
    signed = (await post(admin, where, url=url, do="sign", lifetime="600", exper="0", rlimit="2")).text
    [made] = re.findall(r">(https://[^<]*sign=[0-9a-f]{32})</textarea>", signed)
    again = (await post(admin, where, url=made.replace("&amp;", "&"), do="check")).text
    assert "The signature is right." in again and "for 2 addresses" in again
    assert KEY not in told + wrong + signed
    for fields in (
        {"url": "", "do": "check"}, {"url": url, "do": "eat"}, {"url": url, "do": "sign", "rlimit": "10"},
        {"url": url, "do": "sign", "lifetime": "0"}, {"url": url, "do": "sign", "exper": "-1"},
    ):  # fmt: skip
        assert (await post(admin, where, **fields)).status_code == 400, fields


async def test_a_link_of_another_application(desk: Desk) -> None:
    video = await desk.stage.video("PASS")
    async with desk.db.transaction() as connection:
        await distributions.save(
            connection, distributions.signed(await distributions.lock(connection, video.sub_app_id), KEY)
        )
        other = (await accounts.create_sub_app(connection, desk.stage.app_id, "other")).sub_app_id
    admin = await desk.signed_in("admin")
    url = signed_by(KEY, make(expires=time.time() + 60), f"https://vod.example/1/vodtrans/{video.file_id}/v.mp4")
    text = (await post(admin, f"{paths.app(other)}/link", url=url, do="check")).text
    assert "The signature is right." in text and "by whose key it was tested" in text


async def test_what_is_not_there(desk: Desk) -> None:
    admin = await desk.signed_in("admin")
    for path in (paths.app(1), f"{paths.APPS}/x", f"{paths.KEYS}/new", f"{paths.KEYS}/new?account=1"):
        assert (await admin.get(path)).status_code == 404, path
    for path in (f"{paths.app(1)}/quotas", f"{paths.app(1)}/about", f"{paths.app(1)}/key"):
        assert (await post(admin, path)).status_code == 404, path
