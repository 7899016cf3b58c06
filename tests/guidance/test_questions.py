"""The questions of the walk: of which calls each is asked, and how few hold one up."""

from typing import Any

import pytest
from guidance.guided import GUIDE, ON, call, seen
from guidance.test_prompts import CASES, MORE

from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Sheet
from spoc.model.rules.guiding.guiding import answered, state


def every_question() -> dict[str, str]:
    """Each question that is asked of somebody, with the letter it is asked under."""
    found: dict[str, str] = {}
    for facts in (*(fires for fires, _, _ in CASES.values()), *MORE):
        sheet = call(**facts)
        for _ in range(60):
            now = seen(sheet, earlier=1)
            found |= {each.code: each.letter for each in now.asked}
            still = [each.code for each in now.asked if state(sheet, each.code) == "open"]
            if not still:
                break
            sheet = answered(sheet, still[0], "skipped")
    return found


def test_every_question_is_asked_of_somebody() -> None:
    assert set(every_question()) == set(GUIDE.by_code)


def test_every_field_of_the_walk_has_its_question() -> None:
    # An age answers the question of the band.
    walked = [field for field in CONTACT_FORM if field.walk and field.key != "age"]
    assert {field.key for field in walked} <= set(GUIDE.by_code)
    for field in walked:
        assert GUIDE.by_code[field.key].kind == "text", "the form says what it holds"


def test_no_question_is_asked_twice() -> None:
    for what in ("code", "asks", "label"):
        said = [getattr(each, what).casefold() for each in GUIDE.questions]
        assert len(set(said)) == len(said), what


def test_every_question_is_one_short_sentence() -> None:
    for each in GUIDE.questions:
        assert each.asks.endswith("?") and each.asks.count("?") == 1, each.code
        assert ". " not in each.asks and len(each.asks) <= 110, each.code
        assert len(each.label) <= 30, each.code


def test_situation_begins_with_the_danger() -> None:
    assert seen(Sheet("2026-11-20T09:00:00Z")).asked[0].code == "danger"


@pytest.mark.parametrize(
    "facts",
    [
        {"issues": "consent-question"},
        {"issues": "information-request"},
        {"issues": "staff-support"},
        {"issues": "discharge-delay", "where_now": "ward"},
        {"issues": "was-not-brought", "months": 6, "service": "ADULT-MH"},
        {"issues": "consent-question", "identity": "no-names"},
        {"identity": "unborn", "actions": "verbal-csc-caller cp-medical", "outcome": "nfa-rpd"},
    ],
)
def test_a_routine_query_is_asked_nothing(facts: dict[str, Any]) -> None:
    now = seen(call(**{**facts, "category": "no-abuse-process-query"}), earlier=3)
    assert (now.asked, now.fired, now.hides) == ((), (), ())


@pytest.mark.parametrize(
    ("question", "facts", "asked"),
    [
        ("age_band", {"months": 0}, True),
        ("age_band", {}, False),
        ("age_band", {"identity": "unborn"}, False),
        ("body-map", {"issues": "burn"}, True),
        ("body-map", {"issues": "missing"}, False),
        ("mobility", {"months": 6}, True),
        ("mobility", {}, False),
        ("voice_words", {"voice": "not-sought"}, True),
        ("voice_words", {"voice": "own-words"}, True),
        ("voice_words", {}, False),
        ("young-person", {"months": 170}, True),
        ("young-person", {"months": 84}, False),
        ("young-person", {"months": 0, "age_band": "thirteen-to-seventeen"}, True),
        ("disability", {"identity": "unborn"}, False),
        ("medical-purpose", {"actions": "cp-medical"}, True),
        ("medical-purpose", {"actions": "advice-only"}, False),
        ("referrer", {"actions": "verbal-csc-caller"}, True),
        ("spoken_to", {"actions": "advice-only"}, False),
        ("inside-plan", {"said": "disagree-inside yes"}, True),
        ("inside-plan", {"said": "disagree-inside no"}, False),
        ("fgm-reference", {"said": "fgm-told-or-seen yes registered yes"}, True),
        ("fgm-reference", {"said": "fgm-told-or-seen yes registered no"}, False),
        ("not-considered", {"said": "considered no"}, True),
        ("not-considered", {"said": "considered yes"}, False),
        ("parents-why", {"parents_know": "not-informed-practicable"}, True),
        ("cp-is-answer", {"identity": "no-names"}, False),
        ("records-why", {"caller_records": "no"}, True),
        ("tool", {"category": "neglect"}, True),
        ("tool", {"issues": "burn"}, False),
        ("speak-again", {"actions": "call-back"}, False),
    ],
)
def test_each_is_asked_where_it_makes_sense(
    question: str, facts: dict[str, Any], asked: bool
) -> None:
    assert (question in [each.code for each in seen(call(**facts)).asked]) == asked


@pytest.mark.parametrize(
    ("facts", "earlier", "needed"),
    [
        ({}, 0, {"considered"}),
        ({}, 1, {"considered", "oversight"}),
        ({"said": "considered no"}, 0, {"considered", "not-considered"}),
        ({"category": ""}, 1, set()),
        ({"category": "no-abuse-process-query"}, 1, set()),
    ],
)
def test_few_questions_must_be_met_before_closing(
    facts: dict[str, Any], earlier: int, needed: set[str]
) -> None:
    from spoc.model.rules.guiding.guiding import facts_of

    said = facts_of(call(**facts), ON, earlier)
    assert {q.code for q in GUIDE.questions if q.needed and q.needed.holds(said)} == needed
