"""Every category of a finding has a form and a label, and every label that a template may hold is known."""

from typing import get_args

from minivod.review.labels import FORMS, TYPE_OF, categories, types
from minivod.review.model import CATEGORIES
from minivod.templates.kinds import REVIEW
from minivod.templates.not_done import NOT_DONE
from minivod.templates.review import Label


def test_every_category_can_be_told() -> None:
    assert TYPE_OF.keys() == CATEGORIES
    assert TYPE_OF["Terrorism.Ocr"] == ("OCR", "Terror")


def test_every_label_of_a_template_means_something() -> None:
    refused = {value for entry in NOT_DONE if entry.path == "Labels" for value in entry.refused}
    assert FORMS.keys() == set(get_args(Label)) - refused
    assert all(categories([label]) for label in FORMS)
    assert set(REVIEW.presets[10].settings.Labels) <= FORMS.keys()


def test_what_is_looked_for_and_what_is_not() -> None:
    assert categories(["Porn", "Ad"]) == {"Porn", "Porn.Ocr", "Porn.Asr", "Ad.Ocr", "Ad.Asr"}
    looked, missed = types(["Porn", "Abuse", "Porn"], {"Porn", "Political", "Abuse.Ocr"})
    assert (looked, missed) == (["Image.Porn", "OCR.Abuse"], ["OCR.Porn", "ASR.Porn", "ASR.Abuse"])
