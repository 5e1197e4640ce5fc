"""The published model of the API (tccli's data), read as an oracle: it is never copied and never used at run time."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def model() -> Any:
    return json.loads(files("tccli").joinpath("services/vod/v20180717/api.json").read_text(encoding="utf-8"))


@cache
def examples() -> Any:
    return json.loads(files("tccli").joinpath("services/vod/v20180717/examples.json").read_text(encoding="utf-8"))[
        "actions"
    ]


def members(name: str) -> dict[str, Any]:
    """Members of an object of the model, by name."""
    return {member["name"]: member for member in model()["objects"][name]["members"]}
