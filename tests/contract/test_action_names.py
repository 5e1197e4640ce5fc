"""The list of the API's actions is that of the published model."""

from minivod.api.action_names import NAMES

from .model import model


def test_the_names_are_those_of_the_model() -> None:
    """A newer tccli may have more: those answer "no action", not "not built", until the list is renewed."""
    published = set(model()["actions"])
    assert published >= NAMES
    assert len(published - NAMES) <= 40, sorted(published - NAMES)
