"""The compose files: of the compose specification's form, and about things that there are."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from minivod.serving.connection import OPTIONS
from minivod.settings_sources import load

from .reading import CONTAINERFILE, DEPLOY, compose, has, image, understood, variables

ALONE, CLUSTER, REDIRECT = "compose.yaml", "compose.cluster.yaml", "compose.redirect.yaml"
FILES = (ALONE, CLUSTER, REDIRECT)
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
GIVEN = {
    "PUBLIC_URL": "http://vod.example.com", "DATABASE_PASSWORD": "d4tabase", "STORE_SECRET": "s3cret",
    "STORE_URL": "http://vod.example.com:9000",
}  # fmt: skip
NAMED = re.compile(r"`(AWS_\w+)|(AWS_\w+)=")


def validated(*paths: Any) -> Any:
    return CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.compose-spec", *map(str, paths)])


def ours(file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The services that are minivod."""
    for name, service in compose(file)["services"].items():
        if service.get("image") == "minivod" or (file == REDIRECT and name != "nginx"):
            yield name, service


def filled(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: VARIABLE.sub(lambda found: GIVEN[found[1]], value) for name, value in environment.items()}


def test_they_are_of_the_specifications_form(tmp_path: Any) -> None:
    answer = validated(*(DEPLOY / file for file in FILES))
    assert answer.exit_code == 0, answer.output
    wrong = tmp_path / "compose.yaml"
    wrong.write_text((DEPLOY / ALONE).read_text(encoding="utf-8").replace("read_only:", "readonly:"), encoding="utf-8")
    assert validated(wrong).exit_code == 1


@pytest.mark.parametrize("file", FILES)
def test_what_is_given_to_minivod_is_what_it_takes(file: str) -> None:
    services = dict(ours(file))
    assert services
    for name, service in services.items():
        if "command" in service:
            understood(service["command"])
        given = filled(service["environment"])
        loaded = load(environment=given)  # which refuses what is no setting, or has a wrong value
        assert name == "minivod" or loaded.database_url or loaded.file_delivery == "redirect"


def test_the_store_gets_what_the_guide_names() -> None:
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(filter(None, chain.from_iterable(NAMED.findall(guide))))
    services = compose(CLUSTER)["services"]
    for service in ("api", "worker"):
        given = services[service]["environment"]
        aws = {name for name in given if name.startswith("AWS_")}
        assert {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} <= aws <= named
        store = services["store"]
        endpoint = urlsplit(given["AWS_ENDPOINT_URL"])
        assert (endpoint.hostname, f":{endpoint.port}") == ("store", store["command"][1])
        assert (
            store["healthcheck"]["test"][-1] == f"http://127.0.0.1:{endpoint.port}{store['environment']['VGW_HEALTH']}"
        )
        root = store["environment"]
        assert given["AWS_SECRET_ACCESS_KEY"] == root["ROOT_SECRET_KEY"]
        assert (given["AWS_ACCESS_KEY_ID"], given["AWS_REGION"]) == (root["ROOT_ACCESS_KEY"], root["VGW_REGION"])
        bucket = urlsplit(given["MINIVOD_STORAGE_URL"]).netloc
        assert services["bucket"]["entrypoint"] == ["mkdir", "-p", f"{store['command'][-1]}/{bucket}"]
    database = urlsplit(filled(services["api"]["environment"])["MINIVOD_DATABASE_URL"])
    made = filled(services["database"]["environment"])
    assert (database.username, database.password) == (made["POSTGRES_USER"], made["POSTGRES_PASSWORD"])
    assert (database.hostname, database.path) == ("database", f"/{made['POSTGRES_USER']}")


@pytest.mark.parametrize(("peer", "caller"), [("172.18.0.5", "198.51.100.1"), ("203.0.113.7", "203.0.113.7")])
async def test_only_the_networks_of_containers_are_believed(
    monkeypatch: pytest.MonkeyPatch, peer: str, caller: str
) -> None:
    """The variable is read where the server is made, and X-Forwarded-For counts from such peers alone."""
    trusted = compose(CLUSTER)["services"]["api"]["environment"]["FORWARDED_ALLOW_IPS"]
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    seen: list[Any] = []

    async def app(scope: Any, *_: Any) -> None:
        seen.append(scope["client"][0])

    config = uvicorn.Config(app, **OPTIONS)
    config.load()
    headers = [(b"x-forwarded-for", b"198.51.100.1")]
    scope: Any = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": headers}
    await config.loaded_app(scope, None, None)
    assert seen == [caller]


@pytest.mark.parametrize("file", (ALONE, CLUSTER))
def test_volumes_files_and_services_exist(file: str) -> None:
    read = compose(file)
    services, used = read["services"], set()
    for service in services.values():
        for volume in service.get("volumes", []):
            source, target, *_ = volume.split(":")
            assert target.startswith("/")
            if source.startswith("."):
                assert (DEPLOY / source).is_file(), source
            else:
                used.add(source)
        for other, wanted in service.get("depends_on", {}).items():
            healthy = wanted["condition"] == "service_healthy"
            assert not healthy or "healthcheck" in services[other] or services[other]["image"] == "minivod"
        if service["image"] == "minivod" and "build" not in service:
            assert service["pull_policy"] == "never"  # there is none anywhere, and one service builds it
            assert any("build" in other for other in services.values())
        if "build" in service:
            context = DEPLOY / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).samefile(CONTAINERFILE)
    assert used == set(read["volumes"])


def test_the_redirect_changes_what_the_cluster_has() -> None:
    cluster, change = compose(CLUSTER)["services"], compose(REDIRECT)["services"]
    assert change.keys() <= cluster.keys()
    for name, _ in ours(REDIRECT):
        assert change[name]["environment"].keys() - {"MINIVOD_FILE_DELIVERY"} <= cluster[name]["environment"].keys()
    for volume in change["nginx"]["volumes"]:
        assert (DEPLOY / volume.split(":")[0]).is_file()


def test_published_ports_are_listened_on() -> None:
    assert compose(ALONE)["services"]["minivod"]["ports"] == ["127.0.0.1:9050:9050"]
    assert "9050" in has(image()[-1], "EXPOSE")[0].split()
    for file, conf in ((CLUSTER, "nginx.conf"), (REDIRECT, "nginx-store.conf")):
        [port] = compose(file)["services"]["nginx"]["ports"]
        assert f"listen {port.split(':')[1]};" in (DEPLOY / conf).read_text(encoding="utf-8")
    assert all("ports" not in one for name, one in compose(CLUSTER)["services"].items() if name != "nginx")


@pytest.mark.parametrize("file", (ALONE, CLUSTER))
def test_images_have_versions(file: str) -> None:
    foreign = [one["image"] for one in compose(file)["services"].values() if one["image"] != "minivod"]
    assert all(re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", image) for image in foreign), foreign
    assert file == ALONE or foreign


@pytest.mark.parametrize("file", (ALONE, CLUSTER))
def test_what_is_minivod_has_no_more_rights_than_it_needs(file: str) -> None:
    data = variables(image()[-1])["MINIVOD_DATA_DIR"]
    for _, service in ours(file):
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert data in has(image()[-1], "VOLUME")


def test_the_example_has_every_variable() -> None:
    example = (DEPLOY / "cluster.env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?(\w+)=", example, re.MULTILINE))
    asked = {found[0] for file in (CLUSTER, REDIRECT) for found in VARIABLE.findall(text(file))}
    assert named == asked
    assert all(sign == "?" for file in (CLUSTER, REDIRECT) for _, sign, _ in VARIABLE.findall(text(file)))


def text(file: str) -> str:
    return (DEPLOY / file).read_text(encoding="utf-8")
