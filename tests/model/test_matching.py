"""What a few typed letters mean, what they only look like, and what Enter takes of it."""

from datetime import date

import pytest

from spoc.guidance.pack import load
from spoc.model.hearing.code_match import Meant, exact, meant, ways
from spoc.model.rules.codes import CAREFUL

PACK = load("somerset")
ON = date(2026, 11, 26)


def of(name: str, typed: str) -> Meant:
    return meant(typed, PACK.codes(name, ON), ways(PACK, name))


def offered(name: str, typed: str) -> list[str]:
    return [each.code for each in of(name, typed).offered]


def taken(name: str, typed: str) -> str:
    found = of(name, typed).taken
    return found.code if found else ""


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("da", "domestic-abuse"), ("dv", "domestic-abuse"), ("DV ", "domestic-abuse"), ("burn", "burn"),
        ("strang", "nonfatal-strangulation"), ("self harm", "self-harm"), ("Self-Harm", "self-harm"),
        ("disguised comp", "disguised-compliance"),
    ],
)  # fmt: skip
def test_a_code_an_abbreviation_or_what_only_one_begins_with_is_taken(
    typed: str, code: str
) -> None:
    assert taken("issue", typed) == code


@pytest.mark.parametrize("name", CAREFUL)
def test_a_whole_code_is_always_taken_in_its_own_list(name: str) -> None:
    for code in PACK.codes(name, ON):
        assert taken(name, code.code) == code.code
        assert [taken(name, short) for short in code.short] == [code.code] * len(code.short)


@pytest.mark.parametrize("typed", ["neglect", "child", "harm", "s", "e", "c"])
def test_where_several_codes_fit_an_issue_none_is_taken(typed: str) -> None:
    assert len(offered("issue", typed)) > 1 and not taken("issue", typed)


def test_elsewhere_the_first_that_begins_so_is_taken() -> None:
    assert taken("service", "emer") == "ED-MPH" and taken("role", "nurs") == "nurse"
    assert taken("place", "ed") == "ed", "a whole code, whatever else it means"
    assert taken("verified", "n") == "not-verified", "no answer is read as nhs.net"


@pytest.mark.parametrize("name", CAREFUL)
@pytest.mark.parametrize("typed", ["sa", "si", "ed", "csa", "pp", "cp", "ld", "dna", "pe", "mh"])
def test_an_abbreviation_that_means_several_things_takes_no_code(name: str, typed: str) -> None:
    assert typed in PACK.ambiguous and not taken(name, typed)
    assert exact(typed, PACK.codes(name, ON)) is None


@pytest.mark.parametrize(
    ("name", "typed", "codes"),
    [
        ("issue", "sa", ["staff-allegation", "csa-recent"]),
        ("issue", "si", ["serious-incident", "self-harm"]),
        ("issue", "ed", ["eating-disorder"]),
        ("issue", "csa", ["csa-recent", "csa-non-recent"]),
        ("issue", "pp", ["perplexing-presentation"]),
        ("action", "pp", ["police-protection-asked"]),
        ("outcome", "pp", ["police-protection"]),
        ("outcome", "cp", ["cp-conference", "cp-plan"]),
        ("issue", "dna", ["was-not-brought"]),
        ("issue", "mh", ["parental-mental-health", "self-harm"]),
    ],
)
def test_it_shows_what_it_may_mean(name: str, typed: str, codes: list[str]) -> None:
    assert set(codes) <= set(offered(name, typed)[:3])


def test_the_three_lists_share_no_abbreviation() -> None:
    named = [
        {each for code in PACK.codes(name, ON) for each in (code.code, *code.short)}
        for name in CAREFUL
    ]
    for at, one in enumerate(named):
        for other in named[at + 1 :]:
            assert one & other == set()
    assert not set(PACK.ambiguous) & set.union(*named)
    assert not set(PACK.ambiguous) & set(PACK.abbreviations), "nor is one written out in notes"


@pytest.mark.parametrize("typed", ["sti", "dvi", "ngu", "harmx", "z", "-", "..."])
def test_letters_inside_a_word_mean_nothing(typed: str) -> None:
    assert not taken("issue", typed) and "poisoning" not in offered("issue", typed)[:1]
    assert of("issue", "-") == Meant()


@pytest.mark.parametrize(
    ("typed", "code"),
    [("brun", "burn"), ("extremsm", "radicalisation"), ("hed injury", "head-injury-under-1")],
)  # fmt: skip
def test_what_is_spelt_nearly_so_is_shown_and_not_taken(typed: str, code: str) -> None:
    found = of("issue", typed)
    assert found.near and not found.taken and code in [each.code for each in found.offered]


def test_nothing_typed_offers_the_whole_list_and_takes_nothing() -> None:
    assert of("issue", " ") == Meant(PACK.codes("issue", ON))
