"""The validator itself: it passes what the model shows, and notices every kind of difference."""

import json
from typing import Any

import pytest

from .model import examples
from .validator import complaints

PUBLISHED: dict[str, Any] = json.loads(examples()["DescribeTaskDetail"][3]["output"])["Response"]


def with_task(**members: Any) -> dict[str, Any]:
    task = {**PUBLISHED["WechatMiniProgramPublishTask"], **members}
    return {**PUBLISHED, "WechatMiniProgramPublishTask": task}


def test_a_published_answer_agrees() -> None:
    assert complaints("DescribeTaskDetail", PUBLISHED) == []


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (PUBLISHED | {"Extra": 1}, "DescribeTaskDetailResponse.Extra is not in the model"),
        (PUBLISHED | {"Status": None}, "DescribeTaskDetailResponse.Status is null, the model says it may not be"),
        (PUBLISHED | {"Status": 1}, "DescribeTaskDetailResponse.Status is 1, the model says it is string"),
        ({"RequestId": "x"}, "DescribeTaskDetailResponse.TaskType is missing"),
        ({k: v for k, v in PUBLISHED.items() if k != "RequestId"}, "DescribeTaskDetailResponse.RequestId is missing"),
        (with_task(ErrCode=True), ".ErrCode is True, the model says it is int"),
        (with_task(ErrCode=0.5), ".ErrCode is 0.5, the model says it is int"),
        (with_task(Progress=1), ".WechatMiniProgramPublishTask.Progress is not in the model"),
        (PUBLISHED | {"WechatMiniProgramPublishTask": []}, ".WechatMiniProgramPublishTask is [], the model says it is"),
    ],
)
def test_a_difference_is_noticed(answer: dict[str, Any], complaint: str) -> None:
    assert any(complaint in found for found in complaints("DescribeTaskDetail", answer))


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"MediaInfoSet": {}}, "MediaInfoSet is {}, the model says it is a list"),
        ({"MediaInfoSet": [{"FileId": 1}]}, "MediaInfoSet.0.FileId is 1, the model says it is string"),
        ({"NotExistFileIdSet": ["1", 2]}, "NotExistFileIdSet.1 is 2, the model says it is string"),
        ({"MediaInfoSet": [None]}, "MediaInfoSet.0 is None, the model says it is an object"),
    ],
)
def test_a_difference_in_a_list_is_noticed(answer: dict[str, Any], complaint: str) -> None:
    whole = {"MediaInfoSet": [], "NotExistFileIdSet": [], "RequestId": "x"}
    assert complaints("DescribeMediaInfos", whole) == []
    assert any(complaint in found for found in complaints("DescribeMediaInfos", whole | answer))
