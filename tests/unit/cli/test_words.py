"""`minivod words test`, as it is typed."""

import json
from pathlib import Path

from typer.testing import CliRunner

from minivod.cli import app

RUNNER = CliRunner()


def test_a_text_as_an_argument() -> None:
    done = RUNNER.invoke(app, ["words", "test", "看黄瑟视频"])
    assert done.exit_code == 0, done.output
    assert 'Porn.Ocr "黄色视频" (certain, offered) at 1–5: "黄瑟视频"; undone: homophones' in done.output
    assert "built-in list Porn.txt, line" in done.output
    assert done.output.endswith("suggestion: Porn.Ocr block\ndecision: Rejected\n")


def test_standard_input_and_json() -> None:
    done = RUNNER.invoke(app, ["words", "test", "--json"], input="成人\n视频\n")
    told = json.loads(done.output)
    assert told["decision"] == "Rejected"
    assert [(found["passage"], found["certainty"]) for found in told["found"]] == [("成人\n视频", "ambiguous")]


def test_nothing_found() -> None:
    assert RUNNER.invoke(app, ["words", "test", "-"], input="节约炮弹").output == "nothing found\n"


def test_own_lists_and_policy(tmp_path: Path) -> None:
    (tmp_path / "Ad.txt").write_text("?加微信\n", encoding="utf-8")
    options = ["--word-lists-dir", str(tmp_path), "--review-on-review", "pass"]
    done = RUNNER.invoke(app, ["words", "test", "加微信", *options])
    assert f"entry '?加微信', {tmp_path / 'Ad.txt'}, line 1" in done.output
    assert done.output.endswith("suggestion: Political.Ocr review\ndecision: Pass\n")


def test_a_wrong_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "Ad.txt").write_text("??加微信\n", encoding="utf-8")
    done = RUNNER.invoke(app, ["words", "test", "x", "--word-lists-dir", str(tmp_path)])
    assert done.exit_code == 2
    assert "Ad.txt, line 1: '??加微信' begins with marks that make no sense together" in done.output


def test_many_phrases_are_counted() -> None:
    done = RUNNER.invoke(app, ["words", "test"], input="裸聊\n" * 120)
    assert "and 20 more" in done.output


def test_input_that_is_no_text() -> None:
    done = RUNNER.invoke(app, ["words", "test"], input=b"fine\n\xff\n")
    assert done.exit_code == 2
    assert done.output == "minivod: the text on standard input is not UTF-8 (line 2)\n"
