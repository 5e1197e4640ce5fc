"""The table of messages is complete and right: each sentence that a caller may read has its Chinese one."""

import re
from collections import Counter

import pytest

from minivod.messages.table import PAIRS, SUBJECTS
from minivod.messages.template import KINDS, Place, parse

from .sentences import OPERATORS_SENTENCES, PLACE, Sentence, form, of, sentences
from .source import Module

_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASCII_AFTER_HAN = re.compile(r"[\u4e00-\u9fff][,;:!?]")
_GENERAL = {"{content} {suggestion}: {why}", "{codec} of {width}x{height}"}
_GENERAL |= {"FileId {file_id}: {why}", "SecretId {shown}: {fault}", "{where}.OverrideParameter: {fault}"}
_GENERAL |= {
    "{name} {url} {fault}",
    "ClassId {class_id} {obstacle}",
    "{shown} {fault}",
    "{shown} answered {status}",
    "{seconds} s",
    "the URL {fault}",
}
_GENERAL |= {"{where}.PositionValue {value}"}
_GENERAL |= {"MiniProgramPublishTask.SourceDefinition {publish}", "PositionValue {seconds} s", "{known}, because {why}"}
"""Names and values alone: there is little to translate."""


def missing(found: tuple[Sentence, ...]) -> list[str]:
    """What is to be written for each sentence without a pair."""
    known = {form(english) for english in PAIRS}
    return [
        f'{one.where}: add to a module of src/minivod/messages:\n    {one.english!r}: "…",\n'
        "  with the same places in Chinese (rules: messages/template.py); or, if no caller of the API reads it, name "
        "it in tests/architecture/sentences.py"
        for one in found
        if one.told and one.form not in known
    ]


def test_what_callers_read_has_a_chinese_sentence() -> None:
    wanted = missing(sentences())
    assert not wanted, "\n".join(wanted)


def test_a_sentence_without_a_pair_is_named() -> None:
    """Whatever makes it: a raised error, a decision, a reason that is put into another sentence."""
    text = (
        '"""A module."""\n'
        'def run(request):\n    raise errors.LimitExceeded(f"there are {len(request.Names)} names; {MOST} may be")\n'
        'WHY = "nothing here paints"\n'
        'log.warning("not for a caller")\n'
    )
    found = tuple(of(Module("actions.paint", text)))
    assert [line.splitlines()[1].strip() for line in missing(found)] == [
        "'there are {names} names; {most} may be': \"…\",",
        "'nothing here paints': \"…\",",
    ]
    assert missing(tuple(of(Module("cli.paint", text)))) == []


def test_no_pair_is_left_of_a_sentence_that_is_gone() -> None:
    written = {one.form for one in sentences()}
    assert [english for english in PAIRS if form(english) not in written] == []


def test_no_exception_is_left_of_a_sentence_that_is_gone() -> None:
    written = {one.form for one in sentences()}
    assert OPERATORS_SENTENCES - written == set()


def test_a_sentence_stands_in_one_subject_only() -> None:
    every = Counter(english for subject in SUBJECTS for english in subject.PAIRS)
    assert [english for english, times in every.items() if times > 1] == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__.rpartition(".")[2])
def test_pairs_have_the_same_places(subject: object) -> None:
    for english, chinese in subject.PAIRS.items():  # type: ignore[attr-defined]
        template = parse(english, chinese)
        places = [part for part in template.chinese if isinstance(part, Place)]
        assert sorted(place.name for place in places) == sorted(template.names), english
        assert len(set(template.names)) == len(template.names), english
        assert {place.kind for place in places} <= KINDS, english
        assert not re.search(r"[{}]", PLACE.sub("", english) + PLACE.sub("", chinese)), english
        assert "" not in template.literals[1:-1], f"{english}: nothing divides two of its places"
        assert template.weight or not template.names, english


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__.rpartition(".")[2])
def test_chinese_sentences_are_chinese(subject: object) -> None:
    for english, chinese in subject.PAIRS.items():  # type: ignore[attr-defined]
        assert _HAN.search(chinese) or english in _GENERAL, english
        assert not _ASCII_AFTER_HAN.search(chinese), f"{chinese}: punctuation after Chinese is Chinese too"
