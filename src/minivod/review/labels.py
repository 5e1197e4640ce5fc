"""Labels and forms, as ReviewAudioVideo names what is found, and the categories of findings that they mean."""

from collections.abc import Iterable, Mapping

_NOTHING = ""

FORMS: Mapping[str, Mapping[str, str]] = {
    "Porn": {"Image": "Porn", "OCR": "Porn.Ocr", "ASR": "Porn.Asr"},
    "Terror": {"Image": "Terrorism", "OCR": "Terrorism.Ocr", "ASR": "Terrorism.Asr"},
    "Polity": {"Image": "Political", "OCR": "Political.Ocr", "ASR": "Political.Asr"},
    "Abuse": {"OCR": "Abuse.Ocr", "ASR": "Abuse.Asr"},
    "Ad": {"Image": _NOTHING, "OCR": "Ad.Ocr", "ASR": "Ad.Asr"},
}
"""By label, the category of each form in which it may come; empty where no detector can have one."""

TYPE_OF: Mapping[str, tuple[str, str]] = {
    category: (form, label) for label, forms in FORMS.items() for form, category in forms.items() if category
}
"""By category: form and label."""


def categories(labels: Iterable[str]) -> frozenset[str]:
    """What has to be looked for."""
    return frozenset(category for label in labels for category in FORMS[label].values() if category)


def types(labels: Iterable[str], looked_for: Iterable[str]) -> tuple[list[str], list[str]]:
    """The types `Form.Label` of the labels that were looked for, and those that were not.

    Args:
        labels: of the template.
        looked_for: categories that the detectors declare.
    """
    known = frozenset(looked_for)
    found: tuple[list[str], list[str]] = ([], [])
    for label in dict.fromkeys(labels):
        for form, category in FORMS[label].items():
            found[category not in known].append(f"{form}.{label}")
    return found
