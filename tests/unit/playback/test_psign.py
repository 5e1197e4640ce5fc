"""The player signature: the public vector, and everything that must not pass (T21)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from minivod.playback.psign import InvalidPsign, create_psign, verify_psign

KEY = "k" * 32
APP, FILE, NOW = 1300000001, "5285485487985271487", 1_700_000_000
GOOD: dict[str, Any] = {
    "appId": APP,
    "fileId": FILE,
    "contentInfo": {"audioVideoType": "Original"},
    "currentTimeStamp": NOW,
    "expireTimeStamp": NOW + 60,
}

pytestmark = pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")


def signed(claims: object, *, key: str = KEY, header: dict[str, Any] | None = None) -> str:
    """A JWT by hand."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=")
        for part in (header or {"alg": "HS256", "typ": "JWT"}, claims)
    ]
    text = b".".join(parts)
    digest = hmac.new(key.encode(), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


def check(token: str, *, now: float = NOW, keys: dict[int, str] | None = None, **asked: Any) -> int:
    wanted: dict[str, Any] = {"app_id": APP, "file_id": FILE} | asked
    return verify_psign(token, {7: KEY} if keys is None else keys, now=now, **wanted)[0]


def test_the_public_vector() -> None:
    claims = {
        "appId": 1500012416,
        "fileId": "387702299667618135",
        "currentTimeStamp": 1650886156,
        "expireTimeStamp": 1966435200,
        "urlAccessInfo": {"t": "75356B80", "us": "72d4cd1101"},
        "pcfg": "advanceDrmPreset",
    }
    token = signed(claims, key="testtest")
    assert token.endswith(".kkyOyscuV3WIlFV0IFPsPPWomZEcuNGclaBzpEO8DEg")
    sub_app_id, found = verify_psign(
        token, {3: "testtest"}, app_id=1500012416, file_id="387702299667618135", now=1650886200
    )
    assert sub_app_id == 3
    assert found.urlAccessInfo is not None and found.urlAccessInfo.us == "72d4cd1101"


def test_what_we_make_we_accept() -> None:
    token = create_psign(KEY, app_id=APP, file_id=FILE, lifetime=60, now=NOW)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert jwt.decode(token, KEY, ["HS256"]) == GOOD
    assert check(token) == 7
    forever = create_psign(KEY, app_id=APP, file_id=FILE, lifetime=None, definition=100030, now=NOW)
    assert check(forever, now=NOW + 10**9) == 7
    assert jwt.decode(forever, KEY, ["HS256"])["contentInfo"] == {
        "audioVideoType": "Transcode",
        "transcodeDefinition": 100030,
    }


def test_any_key_of_the_application_will_do_and_tells_which() -> None:
    assert check(signed(GOOD), keys={1: "a" * 32, 2: KEY, 3: "c" * 32}) == 2
    for keys in ({}, {1: "a" * 32}):
        with pytest.raises(InvalidPsign, match="not signed with a play key"):
            check(signed(GOOD), keys=keys)


@pytest.mark.parametrize(("late", "accepted"), [(-60, True), (0, True), (1, True), (300, True), (301, False)])
@pytest.mark.parametrize("member", ["expireTimeStamp", "t"])
def test_the_grace_is_300_seconds(late: int, accepted: bool, member: str) -> None:
    claims = GOOD | ({"expireTimeStamp": NOW} if member == "expireTimeStamp" else {"urlAccessInfo": {"t": f"{NOW:x}"}})
    claims = claims if member == "expireTimeStamp" else claims | {"expireTimeStamp": NOW + 10**6}
    if accepted:
        assert check(signed(claims), now=NOW + late) == 7
    else:
        with pytest.raises(InvalidPsign, match=f"{member} was 301 s ago"):
            check(signed(claims), now=NOW + late)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "None"}, {"alg": "HS512"}, {"alg": "RS256"}, {"alg": "X"}])
def test_other_algorithms(header: dict[str, Any]) -> None:
    token = signed(GOOD, header=header)
    with pytest.raises(InvalidPsign, match="HS256"):
        check(token)
    with pytest.raises(InvalidPsign):
        check(token.rpartition(".")[0] + ".")


@pytest.mark.parametrize("header", [{}, {"alg": None}, {"alg": ["HS256"]}, {"alg": "HS256", "crit": ["x"]}, [], "x"])
def test_strange_headers(header: Any) -> None:
    with pytest.raises(InvalidPsign):
        check(signed(GOOD, header=header or {"typ": "JWT"}))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "x" * 100, "é.é.é", "\udc80.a.b", "a" * 9000, "....", " ", "null"]
)
def test_no_jwt(token: str) -> None:
    with pytest.raises(InvalidPsign):
        check(token)


def test_every_flipped_bit_is_refused() -> None:
    token = signed(GOOD)
    for place in range(len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        if place == len(token) - 1:
            continue  # its lowest bits are padding
        with pytest.raises(InvalidPsign):
            check(other)


def test_another_file_or_application() -> None:
    for asked in ({"file_id": "5285485487985271488"}, {"app_id": APP + 1}):
        with pytest.raises(InvalidPsign, match="another appId or fileId"):
            check(signed(GOOD), **asked)


@pytest.mark.parametrize(
    "change",
    [
        {"appId": str(APP)}, {"appId": float(APP)}, {"appId": True}, {"appId": None}, {"appId": [APP]},
        {"fileId": int(FILE)}, {"fileId": None}, {"fileId": {}},
        {"currentTimeStamp": "1"}, {"currentTimeStamp": None},
        {"expireTimeStamp": "9999999999"}, {"expireTimeStamp": 9999999999.5}, {"expireTimeStamp": True},
        {"contentInfo": "Original"}, {"contentInfo": {}}, {"contentInfo": {"audioVideoType": "original"}},
        {"contentInfo": []}, {"contentInfo": {"audioVideoType": "Transcode", "transcodeDefinition": "10"}},
        {"urlAccessInfo": {"t": 5}}, {"urlAccessInfo": {"exper": "30"}},
        {"urlAccessInfo": {"rlimit": 10}}, {"urlAccessInfo": {"rlimit": -1}}, {"urlAccessInfo": 1},
        {"urlAccessInfo": {"us": 7}},
    ],
)  # fmt: skip
def test_wrong_types(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidPsign, match="wrong member"):
        check(signed(GOOD | change))


@pytest.mark.parametrize(
    ("access", "told"),
    [
        *(({"t": t}, "urlAccessInfo.t must be") for t in ("xyz", "", "-1", "f" * 9, "1", str(NOW), str(NOW * 1000))),
        *(({"t": t}, "urlAccessInfo.t must be") for t in ("0x6553f1", " 6553f10", "6553f10\n", "\u0666" * 8)),
        ({"us": "u" * 129}, "us must be"), ({"us": "a\nb"}, "us must be"), ({"exper": 10**7}, "exper must be"),
        ({"us": "x~300~", "exper": 30}, "us ends with"), ({"us": "x~300~3"}, "us ends with"),
    ],
)  # fmt: skip
def test_what_no_link_can_have_is_refused_whether_links_are_signed_or_not(access: Any, told: str) -> None:
    for claims in (GOOD, {name: value for name, value in GOOD.items() if name != "expireTimeStamp"}):
        with pytest.raises(InvalidPsign, match=told):
            check(signed(claims | {"urlAccessInfo": access}))


def test_an_expiry_in_milliseconds_is_none_and_nines_are_for_ever() -> None:
    for moment in (NOW * 1000, 10**10):
        with pytest.raises(InvalidPsign, match=r"wrong member.*9999999999.*expireTimeStamp"):
            check(signed(GOOD | {"expireTimeStamp": moment}))
    assert check(signed(GOOD | {"expireTimeStamp": 10**10 - 1})) == 7
    claims = verify_psign(signed(GOOD | {"expireTimeStamp": 10**10 - 1}), {7: KEY}, app_id=APP, file_id=FILE, now=NOW)[
        1
    ]
    assert (link := claims.link()) is not None and link.expires == 2**32 - 1, "what eight hexadecimal digits can say"


@pytest.mark.parametrize("moment", [10**400, -(10**400), 2**63, -(2**63) - 1])
def test_numbers_that_are_no_time(moment: int) -> None:
    for name in ("expireTimeStamp", "currentTimeStamp"):
        with pytest.raises(InvalidPsign, match="wrong member"):
            check(signed(GOOD | {name: moment}))


@pytest.mark.parametrize("missing", ["appId", "fileId", "currentTimeStamp"])
def test_required_members(missing: str) -> None:
    with pytest.raises(InvalidPsign, match=f"wrong member.*{missing}"):
        check(signed({name: value for name, value in GOOD.items() if name != missing}))


@pytest.mark.parametrize("claims", [[], "x", 5, None])
def test_claims_that_are_no_object(claims: object) -> None:
    with pytest.raises(InvalidPsign):
        check(signed(claims))


def test_claims_of_jwt_itself_have_no_meaning() -> None:
    assert check(signed(GOOD | {"exp": 1, "nbf": NOW * 2, "aud": "x", "iat": "y", "iss": 5, "sub": 5, "jti": 5})) == 7


def test_the_other_members_of_the_reference_are_accepted() -> None:
    access = {"t": "ffffffff", "us": "x", "domain": "vod.example", "scheme": "HTTPS", "exper": 0, "rlimit": 0}
    assert (
        check(signed(GOOD | {"urlAccessInfo": access, "drmLicenseInfo": {}, "ghostWatermarkInfo": {"text": "a"}})) == 7
    )
