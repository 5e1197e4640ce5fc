"""Who gets in, how long, and what stops those who should not (T23, T24)."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.requests import Request

from minivod.addresses import network
from minivod.console import identity, paths, throttle
from minivod.console.guard import HEADERS, POLICY
from minivod.console.mount import Console, is_console_request
from minivod.console.passwords import Passwords
from minivod.store import console_users

from .desk import HOST, PASSWORD, QUICK, Desk, Person, with_settings

PAGES = [paths.HOME, paths.REVIEW, paths.ACCOUNT, paths.review(1, "1"), "/console/nothing"]


@pytest.mark.parametrize("path", PAGES)
async def test_who_has_not_signed_in_sees_the_form_alone(desk: Desk, path: str) -> None:
    answer = await desk.person().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(paths.LOGIN)


async def test_signing_in_leads_back_and_out_ends_it_at_the_server(desk: Desk) -> None:
    person = desk.person()
    asked = await person.get(f"{paths.REVIEW}?queue=rejected")
    assert asked.headers["location"] == f"{paths.LOGIN}?next=%2Fconsole%2Freview%3Fqueue%3Drejected"
    answer = await person.sign_in("reviewer", next="/console/review?queue=rejected")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/review?queue=rejected")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-minivod-session="))
    assert all(part in cookie.lower() for part in ("httponly", "samesite=lax", "secure", "path=/;"))
    assert "domain" not in cookie.lower()
    token = person.client.cookies["__Host-minivod-session"]
    rows = await desk.db.fetch_all("select token_hash from console_session")
    assert len(rows) == 1 and token.encode() not in bytes(rows[0]["token_hash"]), "the token itself is not kept"
    assert (await person.get(paths.HOME)).status_code == 200
    assert (await person.post(paths.HOME, paths.LOGOUT)).status_code == 303
    person.client.cookies.set("__Host-minivod-session", token)
    assert (await person.get(paths.HOME)).status_code == 303, "a copy of the cookie is worth nothing"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/console/\\x", "/"]
)
async def test_it_leads_nowhere_else(desk: Desk, elsewhere: str) -> None:
    assert (await desk.person().sign_in("viewer", next=elsewhere)).headers["location"] == paths.HOME
    answer = await desk.person().get(paths.with_query(paths.LANGUAGE, to="zh-CN", next=elsewhere))
    assert answer.headers["location"] == paths.HOME


async def test_without_tls_the_cookie_is_not_lost(desk: Desk) -> None:
    person = desk.person("http://vod.example")
    answer = await person.sign_in("viewer")
    assert "secure" not in str(answer.headers.get_list("set-cookie")).lower()
    assert (await person.get(paths.HOME)).status_code == 200


async def test_behind_a_proxy_with_tls_cookies_are_secure(desk: Desk) -> None:
    person = desk.person("http://vod.example", **{"x-forwarded-proto": "https"})
    page = await person.get(paths.LOGIN)
    assert page.headers["set-cookie"].startswith("__Host-") and "Secure" in page.headers["set-cookie"]


@pytest.mark.parametrize("name", ["viewer", "nobody", "gone", "", "a\0b", "x" * 5000])
async def test_wrong_names_and_passwords_get_one_answer(desk: Desk, name: str) -> None:
    await console_users.add(desk.db, "gone", "admin", QUICK.hash(PASSWORD))
    await console_users.set_enabled(desk.db, "gone", enabled=False)
    answer = await desk.person().sign_in(name, PASSWORD if name != "viewer" else "another password")
    assert answer.status_code == 401 and "Name or password is wrong." in answer.text
    assert not await desk.db.fetch_all("select from console_session")


async def test_a_password_is_compared_whether_or_not_there_is_such_a_user(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So both take as long: what is compared is a hash of the same parameters."""
    compared: list[str] = []
    passwords, verify = Passwords(QUICK), PasswordHasher.verify

    def noted(self: PasswordHasher, password_hash: str, password: str) -> Any:
        compared.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return verify(self, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert await passwords.verify(desk.db, "viewer", PASSWORD)
    assert await passwords.verify(desk.db, "nobody", PASSWORD) is None
    assert len(compared) == 2 and compared[0] == compared[1]


async def test_a_hash_of_old_parameters_is_made_anew(desk: Desk) -> None:
    newer = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert await newer.verify(desk.db, "viewer", PASSWORD)
    kept = await console_users.secret(desk.db, "viewer")
    assert kept is not None and ",t=2," in kept.password_hash
    assert (await desk.person().sign_in("viewer")).status_code == 303


async def test_attempts_are_counted_by_name_and_by_address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person = desk.person()
    for _ in range(throttle.BY_NAME.amount):
        assert (await person.sign_in("viewer", "wrong")).status_code == 401
    answer = await person.sign_in("viewer")
    assert answer.status_code == 429 and "too many attempts" in answer.text
    assert (await desk.person().sign_in("viewer")).status_code == 429, "from wherever"
    for number in range(throttle.BY_ADDRESS.amount - throttle.BY_NAME.amount - 2):
        assert (await person.sign_in(f"nobody {number}", "wrong")).status_code == 401
    assert (await person.sign_in("reviewer")).status_code == 429


async def test_who_signs_in_often_is_not_kept_out(desk: Desk) -> None:
    for _ in range(throttle.BY_NAME.amount + 1):
        assert (await desk.person().sign_in("viewer")).status_code == 303


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_a_network_of_ipv6_is_one_address(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) is same


@pytest.mark.parametrize("column", ["created_at", "seen_at"])
async def test_sessions_end(desk: Desk, column: str) -> None:
    person = await desk.signed_in("viewer")
    age = console_users.LIFETIME if column == "created_at" else console_users.IDLE
    await desk.db.execute(f"update console_session set {column} = now() - %s", [age])
    assert (await person.get(paths.HOME)).status_code == 303
    await desk.signed_in("admin")
    rows = await desk.db.fetch_all("select user_name from console_session")
    assert [row["user_name"] for row in rows] == ["admin"], "what has ended is deleted"


async def test_a_page_that_refreshes_itself_keeps_no_session_alive(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    await desk.db.execute("update console_session set seen_at = now() - interval '30 minutes'")
    before = await desk.db.fetch_one("select seen_at from console_session")
    assert (await person.get(paths.HOME, **{"hx-request": "true"})).status_code == 200
    assert await desk.db.fetch_one("select seen_at from console_session") == before
    await person.get(paths.HOME)
    assert await desk.db.fetch_one("select seen_at from console_session") != before


async def test_what_refreshes_itself_is_led_to_the_form(desk: Desk) -> None:
    answer = await desk.person().get(paths.HOME, **{"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, paths.LOGIN)


@pytest.mark.parametrize("change", ["disable", "remove", "password"])
async def test_changes_of_a_user_end_its_sessions(desk: Desk, change: str) -> None:
    person = await desk.signed_in("viewer")
    if change == "disable":
        await console_users.set_enabled(desk.db, "viewer", enabled=False)
    elif change == "remove":
        await console_users.remove(desk.db, "viewer")
    else:
        await console_users.set_password(desk.db, "viewer", QUICK.hash("something else altogether"))
    assert (await person.get(paths.HOME)).status_code == 303


async def test_a_password_that_changes_while_somebody_signs_in(desk: Desk) -> None:
    known = await console_users.secret(desk.db, "viewer")
    assert known is not None
    await console_users.set_password(desk.db, "viewer", QUICK.hash("something else altogether"))
    assert not await console_users.open_session(desk.db, "viewer", known.password_hash, b"1", "", "")


async def test_a_role_counts_from_the_next_request_on(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    place = paths.review(video.sub_app_id, video.file_id, "evidence/0")
    assert (await person.get(place)).status_code == 200
    await console_users.set_role(desk.db, "reviewer", "viewer")
    assert (await person.get(place)).status_code == 403


async def test_what_is_sent_after_the_session_ended_elsewhere(desk: Desk) -> None:
    """Nothing is done; the page for signing in says so, and leads back to the page of the form."""
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    here = paths.review(video.sub_app_id, video.file_id)
    form = await person.form(here) | {"word": "approve", "reason": "fine"}
    await desk.db.execute("delete from console_session")
    answer = await person.send(here, form, {"referer": f"{HOST}{here}?queue=open"})
    assert answer.status_code == 303
    there = answer.headers["location"]
    text = (await person.get(there)).text
    assert "nothing was done" in text and f'name="next" value="{here}?queue=open"' in text
    assert await desk.db.fetch_all("select from review_decision") == []
    assert "Your session has ended." in (await person.get((await person.get(here)).headers["location"])).text
    quiet = await person.get(paths.HOME, **{"hx-request": "true", "hx-current-url": f"{HOST}{paths.TASKS}?app=1"})
    assert quiet.headers["hx-redirect"] == f"{paths.LOGIN}?next=%2Fconsole%2Ftasks%3Fapp%3D1&said=ended"
    await person.sign_in("reviewer", next=f"{here}?queue=open")
    assert (await person.get(f"{here}?queue=open")).status_code == 200


@pytest.mark.parametrize(
    ("origin", "referer"),
    [
        (HOST, "https://evil.example/console/media"),
        (HOST, f"{HOST}/player/1/2"),
        (HOST, f"{HOST}/console/\\x"),
        (HOST, "http://[x/console/media"),
        (HOST, ""),
        ("https://evil.example", f"{HOST}/console/media"),
    ],
)
async def test_signing_in_leads_back_to_pages_of_the_console_alone(desk: Desk, origin: str, referer: str) -> None:
    person = desk.person()
    answer = await person.send(paths.REVIEW, {}, {"origin": origin, "referer": referer})
    answer = await person.send(f"{paths.ACCOUNT}/password", {}, {"origin": origin, "referer": referer})
    assert answer.headers["location"] == f"{paths.LOGIN}?said=undone"


@pytest.mark.parametrize(
    ("base", "proxy", "public", "origin", "own"),
    [
        ("http://vod.example", "", "http://vod.example", "http://vod.example", True),
        ("http://vod.example", "", "http://vod.example", "https://vod.example", False),
        ("http://vod.example", "", "http://vod.example", "http://vod.example:80", True),
        ("http://vod.example", "", "http://vod.example", "http://vod.example:8080", False),
        ("http://vod.example:8080", "", "http://vod.example", "http://vod.example:8080", True),
        ("http://vod.example", "https", "http://vod.example", "https://vod.example", True),
        ("http://vod.example", "HTTPS, http", "http://vod.example", "https://vod.example", True),
        ("http://vod.example", "https", "http://vod.example", "http://vod.example", False),
        ("http://10.0.0.7:8080", "", "https://vod.example", "https://vod.example", True),
        ("http://10.0.0.7:8080", "", "https://vod.example", "http://vod.example", False),
        ("https://vod.example", "", "http://vod.example", "http://vod.example", False),
        ("https://vod.example", "http", "https://vod.example", "https://VOD.example", True),
        ("https://vod.example", "", "https://vod.example", "ftp://vod.example", False),
        ("https://vod.example", "", "https://vod.example", "https://vod.example:x", False),
        ("https://vod.example", "", "", "https://", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(base: str, proxy: str, public: str, origin: str, own: bool) -> None:
    parts = urlsplit(base)
    headers = {"host": parts.netloc, "origin": origin} | ({"x-forwarded-proto": proxy} if proxy else {})
    scope = {
        "type": "http", "method": "POST", "path": "/console/logout", "query_string": b"", "scheme": parts.scheme,
        "server": (parts.hostname, parts.port or 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    assert identity.is_own(Request(scope), public) is own


FOREIGN: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://[::1"},
    {"origin": "null"},
    {"origin": f"{HOST}.evil.example"},
    {"origin": HOST, "sec-fetch-site": "cross-site"},
    {"origin": HOST, "sec-fetch-site": "same-site"},
    {"origin": ""},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_forms_of_other_sites_change_nothing(desk: Desk, headers: dict[str, str]) -> None:
    person = await desk.signed_in("viewer")
    answer = await person.post(paths.HOME, paths.LOGOUT, headers=headers)
    assert answer.status_code == 403 and "another site" in answer.text
    assert (await person.get(paths.HOME)).status_code == 200


async def test_a_form_without_the_token_changes_nothing(desk: Desk) -> None:
    person, other = await desk.signed_in("viewer"), await desk.signed_in("admin")
    for token in ("", "0" * 64, "é", await other.token(paths.HOME), await desk.person().token(paths.LOGIN)):
        answer = await person.post(paths.HOME, paths.LOGOUT, csrf=token)
        assert answer.status_code == 403 and "out of date" in answer.text
    assert (await person.get(paths.HOME)).status_code == 200


async def test_nobody_is_signed_in_by_another_site(desk: Desk) -> None:
    """A form for signing in belongs to the browser that was given it."""
    token = await desk.person().token(paths.LOGIN)
    answer = await desk.person().post(paths.LOGIN, paths.LOGIN, csrf=token, name="viewer", password=PASSWORD)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"a" * 100_000),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 1001)),
        ("application/x-www-form-urlencoded", b"name=%ff%fe"),
        ("application/x-www-form-urlencoded", "name=é".encode()),
        ("multipart/form-data; boundary=x", b"--x--"),
    ],
)
async def test_what_is_no_form(desk: Desk, kind: str, body: bytes) -> None:
    person = await desk.signed_in("viewer")
    headers = {"content-type": kind, "origin": HOST}
    answer = await person.client.post(paths.LOGOUT, content=body, headers=headers)
    assert answer.status_code == 400 and "cannot be read" in answer.text


@pytest.mark.parametrize("path", [paths.LOGIN, paths.HOME, "/console/nothing", paths.LOGOUT])
async def test_headers_of_every_page(desk: Desk, path: str) -> None:
    person = await desk.signed_in("viewer")
    for answer in (await person.get(path), await desk.person().get(path), await person.client.head(path)):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in POLICY and "frame-ancestors 'none'" in POLICY


async def test_methods(desk: Desk) -> None:
    person = await desk.signed_in("admin")
    assert (await person.client.request("PUT", paths.HOME)).status_code == 405
    assert (await person.client.request("DELETE", paths.REVIEW)).status_code == 405


@pytest.mark.parametrize(
    ("form", "page"),
    [
        (paths.LOGOUT, paths.HOME),
        (f"{paths.ACCOUNT}/password", paths.ACCOUNT),
        (f"{paths.media(1, '5')}/publish", paths.media(1, "5")),
        (f"{paths.MEDIA}/1/upload", paths.MEDIA),
        (f"{paths.TASKS}/1/1-Procedure-2/abort?x=1%262", f"{paths.TASKS}/1/1-Procedure-2?x=1%262"),
        (f"{paths.APPS}/accounts/1/applications", paths.APPS),
        (f"{paths.APPS}/accounts/1", paths.APPS),
        (f"{paths.TEMPLATES}/1/procedure/delete?name=%E7%89%87", f"{paths.TEMPLATES}/1/procedure?name=%E7%89%87"),
        (f"{paths.TEMPLATES}/1/Watermark/2/delete", f"{paths.TEMPLATES}/1/Watermark/2"),
    ],
)
async def test_who_opens_the_address_of_a_form_is_led_to_its_page(desk: Desk, form: str, page: str) -> None:
    """It stays in the browser when a form is refused, and signing in may lead back to it."""
    answer = await (await desk.signed_in("viewer")).get(form)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert (await desk.person().get(form)).headers["location"].startswith(paths.LOGIN)


async def test_a_database_that_is_away_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.db.close()
    person = desk.person()
    person.client.cookies.set("__Host-minivod-session", "x" * 43)
    answer = await person.get(paths.HOME)
    assert answer.status_code == 503 and "does not answer" in answer.text


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/login", "/console/static/x/console.css"])
async def test_switched_off_nothing_is_there(desk: Desk, path: str) -> None:
    assert is_console_request(path)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(Console(with_settings(desk, console=False))), base_url=HOST
    )
    assert (await client.get(path)).status_code == 404


async def test_switched_on_it_is_loaded_once(desk: Desk) -> None:
    console = Console(desk.services)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(console), base_url=HOST)
    first, second = await asyncio.gather(client.get(paths.LOGIN), client.get(paths.LOGIN))
    assert first.status_code == second.status_code == 200
    assert (await client.get("/console")).headers["location"] == paths.HOME
    assert not is_console_request("/consoles/")


async def test_sessions_are_seen_and_ended(desk: Desk) -> None:
    person = await desk.signed_in("viewer", **{"user-agent": "Tablet/1"})
    other = await desk.signed_in("viewer", **{"user-agent": "Phone/2"})
    text = (await person.get(paths.ACCOUNT)).text
    assert "Tablet/1" in text and "Phone/2" in text
    assert (await person.post(paths.ACCOUNT, f"{paths.ACCOUNT}/sessions")).status_code == 303
    assert (await other.get(paths.HOME)).status_code == 303
    assert (await person.get(paths.HOME)).status_code == 200


@pytest.mark.parametrize(
    ("present", "new", "again", "status"),
    [
        ("wrong", "another good password", "another good password", 403),
        (PASSWORD, "another good password", "a different one", 400),
        (PASSWORD, "short", "short", 400),
        (PASSWORD, "another good password", "another good password", 303),
    ],
)
async def test_another_password(desk: Desk, present: str, new: str, again: str, status: int) -> None:
    person, other = await desk.signed_in("viewer"), await desk.signed_in("viewer")
    answer = await person.post(paths.ACCOUNT, f"{paths.ACCOUNT}/password", present=present, new=new, again=again)
    assert answer.status_code == status
    assert (await person.get(paths.HOME)).status_code == 200
    assert (await other.get(paths.HOME)).status_code == (303 if status == 303 else 200)
    assert (await desk.person().sign_in("viewer", new)).status_code == (303 if status == 303 else 401)


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "10.9.9.9, 192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.9", "192.0.2.1"),
    ],
)
async def test_the_address_behind_a_proxy(desk: Desk, peer: str, told: str, address: str) -> None:
    person = Person(desk.app, **{"x-forwarded-for": told})
    person.client = httpx.AsyncClient(
        transport=httpx.ASGITransport(desk.app, client=(peer, 1)), base_url=HOST, headers={"x-forwarded-for": told}
    )
    await person.sign_in("viewer")
    [row] = await desk.db.fetch_all("select address from console_session")
    assert row["address"] == address
