"""The envelope of answers."""

import json
from typing import Any

import msgspec

from minivod import errors
from minivod.api import response


class Answer(msgspec.Struct):
    TaskId: str
    Set: list[Any] | None = None


class Empty(msgspec.Struct):
    pass


def test_success() -> None:
    assert json.loads(response.encode(Answer('a"视'), "r", "en-US")) == {
        "Response": {"TaskId": 'a"视', "Set": None, "RequestId": "r"}
    }
    assert json.loads(response.encode(Empty(), "r", "en-US")) == {"Response": {"RequestId": "r"}}


def test_messages_of_tasks_are_in_the_language_of_the_caller() -> None:
    answer = response.encode(
        Answer("the task was aborted by ManageTask", [{"Message": "its duration is not known"}]), "r", "zh-CN"
    )
    assert json.loads(answer) == {
        "Response": {
            "TaskId": "the task was aborted by ManageTask",
            "Set": [{"Message": "时长未知"}],
            "RequestId": "r",
        }
    }


def test_error_has_code_and_message_alone() -> None:
    body = json.loads(response.encode_error(errors.MissingParameter("x"), "r", "en-US"))
    assert body == {"Response": {"Error": {"Code": "MissingParameter", "Message": "x"}, "RequestId": "r"}}


async def test_status_and_content_type_are_always_the_same() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await response.send_answer(send, b"{}")
    assert sent[0]["status"] == 200
    assert dict(sent[0]["headers"]) == {b"content-type": b"application/json", b"content-length": b"2"}
