"""Who is calling: clock window, scope, key, signature, token; and that refusals look and cost alike (T1-T5)."""

import ast
import inspect
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from minivod import errors
from minivod.api import authentication, diagnosis, request, signature_v1, signature_v3
from minivod.api.authentication import Authenticator
from minivod.api.request import HttpRequest
from minivod.clock import FixedClock
from minivod.store.accounts import AccessKey

from . import signer


def key(**changes: Any) -> AccessKey:
    values: dict[str, Any] = {"enabled": True, "account_enabled": True} | changes
    return AccessKey(signer.SECRET_ID, 1250000065, signer.SECRET_KEY, **values)


class Keys:
    """Keys by SecretId, counting look-ups."""

    def __init__(self, *known: AccessKey) -> None:
        self.known = {one.secret_id: one for one in known}
        self.asked = 0

    async def find(self, secret_id: str) -> AccessKey | None:
        self.asked += 1
        return self.known.get(secret_id)


async def authenticate(http: HttpRequest, *known: AccessKey, now: float = signer.NOW, **settings: bool) -> AccessKey:
    authenticator = Authenticator(Keys(*known).find, FixedClock(now), **settings)
    return await authenticator.authenticate(request.parse(http))


WAYS = {
    "tc3": lambda **other: signer.by_sdk("PullEvents", {}, **other),
    "tc3 get": lambda **other: signer.by_sdk("PullEvents", {}, http_method="GET", **other),
    "multipart": lambda **other: signer.by_sdk("PullEvents", {"A": "x"}, options={"IsMultipart": True}, **other),
    "unsigned": lambda **other: signer.by_sdk("PullEvents", {}, unsigned=True, **other),
    "sha1": lambda **other: signer.by_sdk("PullEvents", {}, sign_method="HmacSHA1", **other),
    "sha256 get": lambda **other: signer.by_sdk("PullEvents", {}, sign_method="HmacSHA256", http_method="GET", **other),
}
each_way = pytest.mark.parametrize("way", list(WAYS))


@each_way
async def test_the_signer_is_known(way: str) -> None:
    assert (await authenticate(WAYS[way](), key())).app_id == 1250000065


@each_way
@pytest.mark.parametrize(
    ("skew", "accepted"), [(0, True), (299, True), (300, True), (-300, True), (301, False), (-301, False)]
)
async def test_the_window_is_300_seconds(way: str, skew: int, accepted: bool) -> None:
    if accepted:
        await authenticate(WAYS[way](), key(), now=signer.NOW + skew)
    else:
        with pytest.raises(errors.SignatureExpire, match=r"301 s (behind|ahead of) the server's clock"):
            await authenticate(WAYS[way](), key(), now=signer.NOW + skew)


@each_way
async def test_a_wrong_key_signs_nothing(way: str) -> None:
    with pytest.raises(errors.SignatureFailure) as raised:
        await authenticate(WAYS[way](secret_key=signer.SECRET_KEY[::-1]), key())
    assert raised.value.message == errors.SignatureFailure.__doc__


@each_way
async def test_unknown_and_disabled_keys_answer_alike(way: str) -> None:
    with pytest.raises(errors.SecretIdNotFound) as unknown:
        await authenticate(WAYS[way]())
    with pytest.raises(errors.SecretIdNotFound) as disabled:
        await authenticate(WAYS[way](), key(enabled=False))
    assert unknown.value.message == disabled.value.message


@each_way
async def test_a_secret_id_of_another_form(way: str) -> None:
    with pytest.raises(errors.InvalidSecretId):
        await authenticate(WAYS[way](secret_id="AKIDx"), key())


@each_way
async def test_a_disabled_account(way: str) -> None:
    with pytest.raises(errors.InvalidVodUser, match="1250000065"):
        await authenticate(WAYS[way](), key(account_enabled=False))


@each_way
async def test_temporary_keys_need_their_token(way: str) -> None:
    expires = datetime.fromtimestamp(signer.NOW + 60, UTC)
    temporary = key(token="the-token", expires_at=expires)
    assert await authenticate(WAYS[way](token="the-token"), temporary) is temporary
    for token in (None, "the-tokeN", "the-token "):
        with pytest.raises(errors.TokenFailure):
            await authenticate(WAYS[way](token=token), temporary)
    with pytest.raises(errors.TokenFailure, match="expired"):
        await authenticate(WAYS[way](token="the-token"), temporary, now=signer.NOW + 60)
    with pytest.raises(errors.TokenFailure, match="has no token"):
        await authenticate(WAYS[way](token="the-token"), key())


async def test_the_scope_names_this_product_and_the_day_of_the_timestamp() -> None:
    with pytest.raises(errors.NoSuchProduct, match="'cvm'"):
        await authenticate(signer.v3(service="cvm"), key())
    with pytest.raises(errors.InvalidAuthorization, match="2023-11-14"):
        await authenticate(signer.v3(date="2023-11-15"), key())


@pytest.mark.parametrize(
    ("host", "service", "accepted"),
    [
        ("127.0.0.1:9050", "127", True),  # the Node SDK takes the first label of its endpoint
        ("localhost:9050", "localhost:9050", True),
        ("localhost:9050", "localhost", True),
        ("video.example.com", "video", True),
        ("video.example.com", "example", False),
        ("127.0.0.1:9050", "video", False),
        ("cvm.tencentcloudapi.com", "cvm", False),
        ("cvm.tencentcloudapi.com:443", "cvm", False),
        ("vod.tencentcloudapi.com", "vod", True),
        ("cvm.tencentcloudapi.com", "vod", True),
    ],
)
async def test_the_product_is_vod_or_what_the_node_sdk_makes_of_the_host(
    host: str, service: str, accepted: bool
) -> None:
    http = signer.v3(service=service, headers={"host": host})
    if accepted:
        await authenticate(http, key())
        return
    with pytest.raises(errors.NoSuchProduct):
        await authenticate(http, key())


async def test_a_product_that_is_no_text() -> None:
    host = "\udcff.example"  # the byte 0xFF, as it comes over the wire
    http = signer.v3(service="vod", headers={"host": host})
    http.headers["authorization"] = http.headers["authorization"].replace("/vod/", "/\udcff/")
    with pytest.raises(errors.SignatureFailure):
        await authenticate(http, key())


async def test_skip_is_refused() -> None:
    with pytest.raises(errors.InvalidAuthorization, match="'SKIP'"):
        await authenticate(signer.by_sdk("PullEvents", {}, options={"SkipSign": True}), key())


async def test_unsigned_payload_is_a_setting() -> None:
    http = signer.by_sdk("PullEvents", {}, unsigned=True)
    with pytest.raises(errors.InvalidAuthorization, match="allow_unsigned_payload"):
        await authenticate(http, key(), allow_unsigned_payload=False)


async def test_a_body_can_be_swapped_only_where_it_was_not_signed() -> None:
    unsigned, signed = signer.by_sdk("PullEvents", {}, unsigned=True), signer.by_sdk("PullEvents", {})
    unsigned.body = signed.body = b'{"ExtInfo": "other"}'
    await authenticate(unsigned, key())
    with pytest.raises(errors.SignatureFailure):
        await authenticate(signed, key())
    signed.headers["x-tc-content-sha256"] = "UNSIGNED-PAYLOAD"  # whoever adds it afterwards gains nothing
    with pytest.raises(errors.SignatureFailure):
        await authenticate(signed, key())


async def test_strict_mode_wants_the_action_signed() -> None:
    with pytest.raises(errors.InvalidAuthorization, match="strict_signature"):
        await authenticate(signer.by_sdk("PullEvents", {}), key(), strict=True)
    http = signer.v3(signed=("content-type", "host", "x-tc-action"))
    await authenticate(http, key(), strict=True)
    http.headers["x-tc-action"] = "DeleteMedia"
    with pytest.raises(errors.SignatureFailure):
        await authenticate(http, key(), strict=True)


async def test_two_equal_calls_in_one_second_both_work() -> None:
    authenticator = Authenticator(Keys(key()).find, FixedClock(signer.NOW))
    for _ in range(2):
        await authenticator.authenticate(request.parse(signer.by_sdk("PullEvents", {})))


async def test_a_switched_key_takes_effect_within_a_second() -> None:
    clock, keys = FixedClock(signer.NOW), Keys(key())
    authenticator = Authenticator(keys.find, clock)
    call = request.parse(signer.by_sdk("PullEvents", {}))
    for _ in range(100):
        await authenticator.authenticate(call)
    assert keys.asked == 1
    keys.known = {signer.SECRET_ID: key(enabled=False)}
    clock.advance(1.0)
    with pytest.raises(errors.SecretIdNotFound):
        await authenticator.authenticate(call)


async def test_an_unknown_secret_id_costs_the_time_of_a_known_one() -> None:
    http = signer.by_sdk("PullEvents", {}, secret_key="x" * 32)
    call = request.parse(http)
    known = Authenticator(Keys(key()).find, FixedClock(signer.NOW))
    unknown = Authenticator(Keys().find, FixedClock(signer.NOW))

    async def cost(authenticator: Authenticator) -> int:
        begun = time.perf_counter_ns()
        with pytest.raises(errors.WireError):
            await authenticator.authenticate(call)
        return time.perf_counter_ns() - begun

    async def ratio() -> float:
        """Turn by turn, so that both meet the same load; the least of each, which nothing has disturbed."""
        times = [(await cost(known), await cost(unknown)) for _ in range(300)]
        return min(first for first, _ in times) / min(second for _, second in times)

    await ratio()
    assert 0.5 < await ratio() < 2


@pytest.mark.parametrize("module", [authentication, signature_v1, signature_v3, diagnosis])
def test_digests_are_compared_in_constant_time(module: Any) -> None:
    """No `==` on a signature, digest, token or secret anywhere in these modules."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = (node.left, *node.comparators)
            if any(isinstance(side, ast.Constant) for side in sides) or ast.unparse(node.left).endswith(".code"):
                continue
            text = ast.unparse(node).lower()
            assert not any(word in text for word in ("signature()", "digest", "token", "secret_key", ".sign(")), text
