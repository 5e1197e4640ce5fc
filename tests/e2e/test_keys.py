"""`minivod keys`, beside a running server and on a stopped one."""

import re
import time
from pathlib import Path

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli.local_server import LocalServer, start_local_server

from .user import code_of, eventually, minivod, works

MISSING = ["5285485487985271487"]


def create(env: dict[str, str], *options: str) -> dict[str, str]:
    """A new key: what the command printed, by its names."""
    done = minivod("keys", "create", *options, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(line.split(": ") for line in done.stdout.splitlines())


def row_of(env: dict[str, str], secret_id: str) -> list[str]:
    """The cells of a key in the list."""
    listed = minivod("keys", "list", env=env).stdout
    line = next(line for line in listed.splitlines() if secret_id in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_a_key_is_created_listed_and_disabled(server: LocalServer, env: dict[str, str]) -> None:
    made = create(env)
    assert made.keys() == {"SecretId", "SecretKey"}
    key = (made["SecretId"], made["SecretKey"])
    begun = time.monotonic()
    assert works(server, key)
    call_seconds = time.monotonic() - begun
    assert row_of(env, key[0]) == [key[0], str(server.app_id), "enabled", "all", "all", "never"]
    assert key[1] not in minivod("keys", "list", env=env).stdout

    done = minivod("keys", "disable", key[0], env=env)
    assert (done.returncode, done.stdout) == (0, f"disabled: {key[0]}\n")
    disabled = time.monotonic()
    eventually("it is refused", lambda: not works(server, key))
    assert time.monotonic() - disabled < 10 + 10 * call_seconds  # about one second; the machine may be busy
    assert code_of(server, "DescribeMediaInfos", key=key, FileIds=MISSING) == "AuthFailure.SecretIdNotFound"
    assert row_of(env, key[0])[2] == "disabled"
    assert works(server)


def test_a_key_for_one_action(server: LocalServer, env: dict[str, str]) -> None:
    made = create(env, "--action", "DescribeMediaInfos", "--action", "ApplyUpload")
    key = (made["SecretId"], made["SecretKey"])
    assert works(server, key)
    assert code_of(server, "DeleteMedia", key=key, FileId=MISSING[0]).startswith(
        ("UnauthorizedOperation", "AuthFailure")
    )
    assert row_of(env, key[0])[4] == "DescribeMediaInfos, ApplyUpload"


def test_a_key_for_one_application(server: LocalServer, env: dict[str, str]) -> None:
    made = create(env, "--sub-app", str(server.app_id))
    assert works(server, (made["SecretId"], made["SecretKey"]))
    assert row_of(env, made["SecretId"])[3] == str(server.app_id)
    refused = minivod("keys", "create", "--sub-app", "1500000001", env=env)
    assert refused.returncode == 2
    assert refused.stderr == f"minivod: there is no application 1500000001 of the account {server.app_id}\n"


def test_a_temporary_key_needs_its_token(server: LocalServer, env: dict[str, str]) -> None:
    made = create(env, "--temporary", "1.5")
    assert made.keys() == {"SecretId", "SecretKey", "Token", "Expires"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["Expires"])
    assert not works(server, (made["SecretId"], made["SecretKey"]))
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=server.address, protocol="http"))
    client = VodClient(Credential(made["SecretId"], made["SecretKey"], made["Token"]), "", profile)
    request = models.DescribeMediaInfosRequest()
    request.FileIds = MISSING
    assert client.DescribeMediaInfos(request).NotExistFileIdSet == MISSING
    assert row_of(env, made["SecretId"])[5] == made["Expires"]


def test_wrong_requests_end_with_a_sentence(env: dict[str, str]) -> None:
    unknown = minivod("keys", "disable", "AKIDnobody", env=env)
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "minivod: there is no key … (10 characters); `minivod keys list` shows all\n",
    )
    for hours in ("0", "inf", "nan", "1e9", "soon"):
        assert minivod("keys", "create", "--temporary", hours, env=env).returncode == 2


def test_a_mistyped_action_is_refused(env: dict[str, str]) -> None:
    refused = minivod("keys", "create", "--action", "DescribeMediaInfo", env=env)
    assert refused.returncode == 2
    assert refused.stderr == "minivod: there is no action 'DescribeMediaInfo'\n"


def test_keys_of_a_server_that_does_not_run(home: Path) -> None:
    env = {"MINIVOD_DATA_DIR": str(home / "data")}
    none = minivod("keys", "list", env=env)
    assert (none.returncode, none.stderr) == (
        1,
        f"minivod: there is no server's database in {home / 'data'}; `minivod serve` makes one\n",
    )
    assert not (home / "data").exists()
    made = create(env)  # before the first start
    assert row_of(env, made["SecretId"])[2] == "enabled"
    with start_local_server(home / "data") as server:
        assert server.secret_key == "", "the first start makes a key of its own only when there is none"
        assert works(server, (made["SecretId"], made["SecretKey"]))
