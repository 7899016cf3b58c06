"""What a few typed letters mean, and what they only look like."""

import pytest

from spoc.guidance.pack import load
from spoc.model.rules.code_match import near, rank
from spoc.model.rules.codes import Code

ISSUES = load("generic").lists["issue"]


def codes(found: list[Code]) -> list[str]:
    return [each.code for each in found]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("da", "domestic-abuse"), ("dv", "domestic-abuse"), ("burn", "burn"), ("strang", "nonfatal-strangulation")],
)  # fmt: skip
def test_a_code_an_abbreviation_or_the_beginning_of_a_word_is_meant(typed: str, first: str) -> None:
    assert codes(rank(typed, ISSUES))[0] == first


@pytest.mark.parametrize(
    ("typed", "holds"),
    [("sti", "poisoning"), ("dvi", "removal-against-advice"), ("ngu", "nonfatal-strangulation")],
)
def test_letters_inside_a_word_mean_nothing_and_are_shown_to_choose_from(
    typed: str, holds: str
) -> None:
    assert rank(typed, ISSUES) == []
    assert codes(near(typed, ISSUES))[0] == holds


def test_one_letter_is_never_looked_for_inside_words() -> None:
    assert near("z", ISSUES) == []
