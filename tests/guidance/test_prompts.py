"""The generic pack's questions and safety prompts: each fires where it should, one fact away it does not, and
its words reach the read-back. A pack that does not hold says where."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import GENERIC

from spoc.guidance.pack import load
from spoc.model.errors import BadPack
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.rules.guide import ASK, LETTERS, STOP, TELL
from spoc.model.rules.guiding import AT_ONCE, Guided, answered, guided, margin, responded, state
from spoc.model.values.dates import whole_months

ON = date(2026, 11, 20)
GUIDE = GENERIC.guide
BORN = {
    6: "2026-05-02",
    84: "2019-11-02",
    145: "2014-10-02",
    170: "2012-09-02",
}  # months: a birthday


def call(
    issues: str = "",
    said: str = "",
    actions: str = "",
    months: int = 84,
    identity: str = "named",
    outcome: str = "",
    notes: str = "",
    **values: str,
) -> Sheet:
    """A call about a child of seven at home, with these facts. ``said`` has answers: "danger yes"."""
    words = iter(said.split())
    children = () if identity == "no-names" else (Person("Brook, Ty", dob=BORN.get(months, "")),)
    if identity == "unborn":
        children = (Person("Unborn baby", "unborn", edd="2027-02-12"),)
    return Sheet(
        "2026-11-20T09:00:00.000Z",
        values={"category": "physical", "verified": "known-number", "where_now": "home", **values},
        many={"issues": tuple(issues.split())} if issues else {},
        children=children,
        identity=identity,
        actions=tuple(Action(code) for code in actions.split()),
        answers={question: Answer("answered", next(words)) for question in words},
        outcome=outcome,
        notes=notes,
    )  # fmt: skip


def seen(sheet: Sheet, earlier: int = 0) -> Guided:
    return guided(sheet, GUIDE, ON, earlier)


def noted(sheet: Sheet) -> dict[str, str]:
    """The notes in the margin, by their codes."""
    return dict(margin(sheet, GENERIC, seen(sheet), ON))


def fired(sheet: Sheet) -> list[str]:
    return [each.code for each in seen(sheet).fired]


# Each prompt: a call that fires it, the one fact that is otherwise where it does not, and words of its read-back.
CASES: Mapping[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "T1": ({"said": "danger yes"}, {"said": "danger no"}, "999 first"),
    "T2": ({"issues": "burn", "months": 6}, {"months": 84}, "a consultant today"),
    "T3": ({"issues": "fgm"}, {"issues": "online-harm"}, "reports in person to police"),
    "T4": ({"issues": "forced-marriage"}, {"issues": "online-harm"}, "No letters"),
    "T5": ({"issues": "fii"}, {"issues": "perplexing-presentation"}, "neither told nor challenged"),
    "T6": ({"issues": "csa-recent"}, {"issues": "harmful-sexual-behaviour"}, "clothes kept"),
    "T7": ({"issues": "domestic-abuse"}, {"issues": "parental-substances"}, "in an online record"),
    "T8": ({"where_now": "left"}, {"where_now": "ed"}, "what an officer must see, and by when"),
    "T9": (
        {"where_now": "ward", "said": "leaving yes"},
        {"said": "leaving no"},
        "a consultant sees the child",
    ),
    "T10": ({"issues": "staff-allegation"}, {"issues": "staff-support"}, "LADO within one working"),
    "T11": ({"issues": "child-death"}, {"issues": "serious-incident"}, "Secure the records"),
    "T12": ({"issues": "private-fostering"}, {"issues": "hidden-child"}, "designated officer"),
    "T13": ({"months": 6}, {"months": 84}, "safer sleep"),
    "T14": ({"identity": "unborn"}, {"identity": "named"}, "pre-birth plan"),
    "T15": ({"issues": "missing"}, {"issues": "not-in-school"}, "older contacts and nights away"),
    "T15U": ({"issues": "cse", "months": 145}, {"months": 170}, "cannot consent"),
    "T16": ({"issues": "was-not-brought"}, {"issues": "neglect-medical"}, "offered again"),
    "T18": (
        {"said": "disagree-csc yes"},
        {"said": "disagree-csc no"},
        "resolving professional differences",
    ),
    "T19": ({"issues": "moved-area"}, {"issues": "hidden-child"}, "from what date"),
    "T20": (
        {"notes": "Came late, was quiet.", "outcome": "advice-accepted"},
        {"impact": "Frightened, sleeps badly."},
        "the impact on the child, in words",
    ),
    "T21": ({"issues": "nonfatal-strangulation"}, {"issues": "burn"}, "even without a mark"),
    "T22": (
        {"issues": "removal-against-advice"},
        {"said": "removing no"},
        "do not try to hold them",
    ),
    "T23": (
        {"issues": "adult-with-children"},
        {"issues": "parental-mental-health"},
        "who is with each of them now",
    ),
    "T24": ({"said": "cp-is-answer no"}, {"said": "cp-is-answer yes"}, "child in need"),
    "T25": (
        {"issues": "information-request", "verified": "not-verified"},
        {"verified": "switchboard"},
        "nothing is disclosed before",
    ),
    "T26": ({"identity": "no-names", "said": "danger yes"}, {"said": "danger no"}, "half the pict"),
    "T27": ({"issues": "neglect-dental"}, {"issues": "neglect-medical"}, "within reach"),
    "T28": ({"issues": "poisoning"}, {"issues": "child-substances"}, "how it was kept"),
    "T29": ({"issues": "unexplained-injury"}, {"issues": "burn"}, "Could somebody have done this?"),
    "T30": ({"issues": "burn"}, {"issues": "unsafe-sleep"}, "between carers"),
    "T31": ({"issues": "csa-recent"}, {"issues": "csa-non-recent"}, "within 72 hours"),
    "T32": ({"where_now": "missing"}, {"where_now": "home"}, "last seen where and with whom"),
    "T33": ({"issues": "neglect-daily"}, {"issues": "neglect-dental"}, "describe the child's day"),
    "T34": ({"issues": "harmful-sexual-behaviour"}, {"issues": "online-harm"}, "both children"),
    "T36": ({"issues": "radicalisation"}, {"issues": "trafficking"}, "Prevent lead"),
    "T37": ({"issues": "perplexing-presentation"}, {"issues": "fii"}, "one consultant leads"),
    "T38": (
        {"said": "agrees no", "service": "ED"},
        {"service": "GP"},
        "ring the named doctor and the on-call consultant",
    ),
    "T39": ({"issues": "parental-death"}, {"issues": "child-death"}, "who has the children"),
    "T40": ({"issues": "adult-poses-risk"}, {"issues": "domestic-abuse"}, "nature and context"),
    "T41": ({"issues": "no-access"}, {"issues": "disguised-compliance"}, "who last saw the child"),
    "T35": ({"actions": "safety-plan"}, {"actions": "advice-only"}, "what happens if it breaks"),
}


@pytest.mark.parametrize("code", CASES)
def test_it_fires_and_one_fact_away_it_does_not(code: str) -> None:
    fires, instead, _ = CASES[code]
    assert len(instead) == 1
    assert code in fired(call(**fires))
    assert code not in fired(call(**{**fires, **instead}))


@pytest.mark.parametrize("code", CASES)
def test_where_it_fired_its_words_are_for_the_read_back(code: str) -> None:
    fires, _, words = CASES[code]
    (prompt,) = [each for each in seen(call(**fires)).fired if each.code == code]
    assert words in " ".join(prompt.tells)


def test_no_prompt_lacks_any_of_the_three() -> None:
    assert {*CASES, "T17"} == set(GUIDE.prompt_by_code)
    assert {f"T{n}" for n in range(1, 42)} <= set(GUIDE.prompt_by_code)
    assert all(words for _, _, words in CASES.values())


KINDS = {
    STOP: "T1 T2 T3 T4 T5 T8 T10 T11 T15U T21 T22 T25 T29 T31 T32",
    ASK: "T6 T7 T9 T12 T13 T14 T15 T16 T18 T19 T20 T23 T27 T28 T30 T33 T34 T35 T36 T37 T38 T39 T40 T41",
    TELL: "T17 T24 T26",
}


def test_each_is_of_its_kind() -> None:
    for kind, codes in KINDS.items():
        assert {each.code for each in GUIDE.prompts if each.kind == kind} == set(codes.split())


# Further ways to fire, and not to


@pytest.mark.parametrize(
    ("code", "facts", "fires"),
    [
        ("T1", {"safety_now": "unsafe"}, True),
        ("T1", {"safety_now": "safe-with"}, False),
        ("T1", {"issues": "carer-aggressive"}, True),
        ("T1", {"issues": "carer-aggressive", "said": "danger no"}, False),
        ("T1", {"issues": "removal-against-advice"}, False),
        ("T22", {"issues": "carer-aggressive"}, False),
        ("T1", {"issues": "carer-aggression"}, True),  # ended: it may mean either
        ("T22", {"issues": "carer-aggression"}, False),
        ("T22", {"issues": "carer-aggression", "said": "removing yes"}, True),
        ("T22", {"said": "removing yes"}, True),
        ("T2", {"issues": "burn", "months": 6, "mobility": "mobile"}, False),
        ("T2", {"issues": "burn", "months": 6, "mobility": "rolling"}, True),
        ("T2", {"issues": "burn", "months": 6, "mobility": "not-known"}, True),
        ("T2", {"issues": "burn", "disability": "not-mobile"}, True),
        ("T2", {"issues": "burn", "disability": "learning"}, False),
        ("T2", {"issues": "bruise-nonmobile"}, True),  # the code says so, whatever the age
        ("T2", {"issues": "bruise-nonmobile", "mobility": "mobile"}, False),  # asked, and it can
        ("T2", {"issues": "bruise-nonmobile", "mobility": "not-known"}, True),
        ("T2", {"issues": "burn", "months": 0}, True),  # no date of birth: it may be a baby
        ("T2", {"issues": "burn", "months": 0, "age_band": "not-known"}, True),
        ("T2", {"issues": "burn", "months": 0, "age_band": "one-to-twelve"}, False),
        ("T2", {"issues": "burn", "identity": "no-names"}, True),
        ("T2", {"months": 6}, False),
        ("T3", {"issues": "fgm", "said": "fgm-told-or-seen yes registered yes"}, True),
        ("T3", {"issues": "fgm", "said": "fgm-told-or-seen no registered no"}, True),
        ("T6", {"category": "sexual"}, True),
        ("T6", {"said": "crime-disclosed yes"}, True),
        ("T7", {"issues": "nonfatal-strangulation"}, True),
        ("T8", {"where_now": "left", "category": "no-abuse-process-query"}, False),
        ("T9", {"issues": "discharge-delay"}, True),
        ("T9", {"actions": "hold-discharge"}, True),
        ("T9", {"said": "leaving yes", "where_now": "clinic"}, False),
        ("T11", {"where_now": "died"}, True),
        ("T11", {"said": "life-in-danger yes"}, False),
        ("T11", {"said": "life-in-danger yes not-expected yes"}, True),
        ("T13", {"months": 0, "age_band": "under-1"}, True),
        ("T15", {"service": "SEXUAL-HEALTH"}, True),
        ("T15", {"service": "SEXUAL-HEALTH", "issues": "adult-with-children"}, False),
        ("T15U", {"issues": "under-13-sexual-activity", "months": 170}, True),
        ("T18", {"outcome": "nfa-rpd"}, True),
        ("T18", {"said": "disagree-csc yes"}, True),
        ("T19", {"outcome": "transferred"}, True),
        ("T20", {"notes": "Quiet.", "outcome": "advice-accepted", "identity": "no-names"}, False),
        ("T20", {"notes": "Quiet."}, False),  # a margin note until the call is about to close
        ("T23", {"service": "ADULT-MH"}, True),
        ("T25", {"issues": "information-request", "verified": ""}, True),
        ("T26", {"identity": "no-names"}, False),
        ("T26", {"said": "danger yes"}, False),
    ],
)  # fmt: skip
def test_every_other_way_to_fire(code: str, facts: dict[str, Any], fires: bool) -> None:
    assert (code in fired(call(**facts))) == fires


@pytest.mark.parametrize("last", ["child", "unborn"])
def test_a_call_about_a_child_and_an_unborn_baby_is_about_both(last: str) -> None:
    people = [Person("Brook, Ty", "child", dob=BORN[6]), Person("Unborn baby", "unborn")]
    if last == "child":
        people.reverse()
    identity = "unborn" if last == "unborn" else "named"
    sheet = replace(call(issues="poisoning"), children=tuple(people), identity=identity)
    assert {"T13", "T14", "T28"} <= set(fired(sheet))
    asked = [each.code for each in seen(sheet).asked]
    assert "birth-plan" in asked and "with-whom" in asked and "age_band" not in asked
    nameless = replace(sheet, children=(replace(people[0], dob=""), replace(people[1], dob="")))
    assert "age_band" in [each.code for each in seen(nameless).asked]


def test_until_somebody_is_asked_both_instructions_about_fgm_stand() -> None:
    (prompt,) = [each for each in seen(call(issues="fgm")).fired if each.code == "T3"]
    for words in (" ".join(prompt.says), " ".join(prompt.tells)):
        assert "101" in words and "next working day" in words and "social care" in words


def test_the_thresholds_are_off_until_somebody_adopts_a_rule(tmp_path: Path) -> None:
    prompt = GUIDE.prompt_by_code["T17"]
    assert prompt.when.text == "threshold near" and prompt.tells
    for found in ((), ("3 in 12 months",)):  # none is known before a rule set is adopted
        codes = [each.code for each in guided(call(), GUIDE, ON, threshold=found).fired]
        assert ("T17" in codes) == bool(found)
    own = extended(tmp_path, prompts='[T17]\nwhen = "earlier contacts at least 3"\n')
    for earlier, fires in ((2, False), (3, True)):
        codes = [each.code for each in guided(call(), own.guide, ON, earlier).fired]
        assert ("T17" in codes) == fires


def test_a_stop_is_answered_before_the_contact_closes_and_an_ask_by_its_questions() -> None:
    sheet = call(issues="fii poisoning")
    assert [each.code for each in seen(sheet).open] == ["T5", "T28", "T30"]
    sheet = responded(sheet, "T5", Response("done", ("escalated-named",)))
    assert "T5" in [each.code for each in seen(sheet).stops], "what was done is not agreed"
    sheet = replace(sheet, actions=(Action("escalated-named"),))
    for question in (*GUIDE.prompt_by_code["T28"].asks, *GUIDE.prompt_by_code["T30"].asks):
        sheet = answered(sheet, question, "skipped")
    assert seen(sheet).open == ()


@pytest.mark.parametrize(
    ("code", "facts"), [("T13", {"months": 6}), ("T14", {"identity": "unborn"})]
)
def test_of_many_questions_at_most_two_new_ones_are_asked_at_a_time(
    code: str, facts: dict[str, Any]
) -> None:
    sheet, prompt = call(**facts), GUIDE.prompt_by_code[code]
    own = {each for each in prompt.asks if GUIDE.by_code[each].when is None}
    met: list[str] = []
    for _ in range(20):
        asked = [each.code for each in seen(sheet).asked if each.code in prompt.asks]
        new = [each for each in asked if each in own and state(sheet, each) == "open"]
        assert len(new) <= 2
        still = [each for each in asked if state(sheet, each) == "open"]
        if not still:
            break
        sheet = answered(sheet, still[0], "skipped")
        met.append(still[0])
    assert set(met) == set(prompt.asks)


def test_nobody_is_asked_by_a_prompt_for_what_cannot_be_ticked() -> None:
    for each in GUIDE.prompts:
        assert bool(each.done) == (each.kind == STOP)
        assert len(each.done) <= 9 and len(set(each.done)) == len(each.done)
        assert bool(each.asks) == (each.kind == ASK)
        assert each.sources and len(each.title) <= 52


def test_what_the_words_suggest_can_be_typed() -> None:
    shorts = {short for code in GENERIC.lists["issue"] for short in (*code.short, code.code)}
    for each in GUIDE.prompts:
        after = each.suggests.partition("add the issue")[2].strip(" :").rstrip(".")
        first = after.replace(",", " ").replace(";", " ").replace(":", " ").split()[:1]
        assert set(first) <= shorts, each.code


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        ("He has a knife in his bag", "T1"),
        ("A bruise on the shin", "T2"),
        ("Parents want her married off in Spring", "T4"),
        ("He throttled her on Sunday", "T21"),
        ("walked out before triage", "T8"),
    ],
)
def test_free_text_only_suggests(notes: str, code: str) -> None:
    now = seen(call(notes=notes))
    assert code in noted(call(notes=notes)) and code not in [each.code for each in now.fired]


def test_what_has_fired_is_not_suggested() -> None:
    assert "T4" not in noted(call(issues="forced-marriage", notes="a wedding in June"))


# Margin notes


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("level", {"notes": "They said level 3."}),
        ("level", {"notes": "This is Level  4"}),
        ("dna", {"notes": "DNA twice"}),
        ("dna", {"notes": "Did not attend"}),
        ("no-basis", {"notes": "Chest NAD"}),
        ("no-basis", {"notes": "HV has no concerns."}),
        ("no-impact", {"notes": "Came late."}),
        ("no-gp", {"issues": "hidden-child"}),
        ("no-gp", {"said": "gp-registered no"}),
    ],
)
def test_a_note_in_the_margin_blocks_nothing_and_is_silent_without_a_name(
    code: str, facts: dict[str, str]
) -> None:
    assert code in noted(call(**facts))
    assert not seen(call(**facts)).stops
    if code != "no-gp":
        assert code not in noted(call(**facts, identity="no-names"))


def test_an_issue_and_an_answer_that_do_not_agree_are_noted() -> None:
    facts = {"issues": "bruise-nonmobile", "mobility": "mobile"}
    assert "mobile-after-all" in noted(call(**facts))
    assert noted(call(**{**facts, "issues": "burn"})) == {}


def test_a_number_that_is_no_level_and_a_good_record_need_no_note() -> None:
    quiet = call(notes="Level-headed mother; attended at 10.", impact="Sleeps badly.")
    assert noted(quiet) == {}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("AB", True), ("A.B.", True), ("A B", True), ("J Smith", True), ("Brook, T", True),
        ("Brook-Reed, T.", True), ("Brook, Ty", False), ("Ty Brook", False), ("Unborn baby", False),
        ("Zoë O'Brien", False), ("Ng, Al", False),
    ],
)  # fmt: skip
def test_initials_are_noted_in_a_childs_name(name: str, wanted: bool) -> None:
    sheet = Sheet("2026-11-20T09:00:00Z", children=(Person("Ash, Rowan"), Person(name)))
    assert ("initials" in noted(sheet)) == wanted


# Reasons not to tell


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"issues": "fii"}, ["fii"]),
        ({"issues": "perplexing-presentation"}, []),
        ({"issues": "forced-marriage"}, ["forced-marriage"]),
        ({"issues": "fgm"}, ["fgm"]),
        ({"issues": "domestic-abuse"}, ["domestic-abuse"]),
        ({"issues": "nonfatal-strangulation"}, ["domestic-abuse"]),
        ({"issues": "csa-recent"}, ["sexual-abuse"]),
        ({"issues": "csa-non-recent"}, ["sexual-abuse"]),
        ({"issues": "cse"}, ["sexual-abuse"]),
        ({"issues": "under-13-sexual-activity"}, ["sexual-abuse"]),
        ({"category": "sexual"}, ["sexual-abuse"]),
        ({"issues": "staff-allegation"}, ["staff-allegation"]),
        ({"parents_know": "not-informed-unsafe"}, ["evidence"]),
        ({"parents_know": "not-informed-evidence"}, ["evidence"]),
        ({"parents_know": "not-informed-practicable"}, []),
        ({"parents_know": "informed-disagrees"}, []),
        ({"issues": "trafficking"}, ["trafficking"]),
        ({"where_now": "refuge"}, ["refuge"]),
        ({"issues": "burn"}, []),
    ],
)
def test_why_a_parent_must_not_see_it(facts: dict[str, str], codes: list[str]) -> None:
    assert [each.code for each in seen(call(**facts)).hides] == codes


# Questions

MORE: tuple[dict[str, Any], ...] = (
    {"months": 0},
    {"months": 170},
    {"issues": "self-harm csa-recent", "where_now": "ward", "voice": "own-words"},
    {"issues": "burn", "months": 6, "where_now": "ed", "actions": "cp-medical verbal-csc-caller"},
    {"issues": "fgm", "said": "fgm-told-or-seen yes registered yes cp-is-answer yes"},
    {"said": "considered no disagree-inside yes", "parents_know": "not-informed-unsafe"},
    {"caller_records": "no", "parents_know": "informed-agrees"},
    {"issues": "self-harm", "where_now": "ed", "said": "life-in-danger yes leaving yes"},
)


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
    from spoc.model.rules.guiding import facts_of

    said = facts_of(call(**facts), ON, earlier)
    assert {q.code for q in GUIDE.questions if q.needed and q.needed.holds(said)} == needed


# A pack that extends this one


def extended(folder: Path, **files: str) -> Any:
    """The pack "own", which extends the generic one with these files."""
    own = folder / "own"
    own.mkdir()
    files = {"pack": 'id = "own"\ntitle = "Our desk"\nextends = "generic"\n', **files}
    for name, text in files.items():
        (own / f"{name.replace('_', '-')}.toml").write_text(text, "utf-8")
    return load("own", folder)


def test_turning_one_off_is_one_line(tmp_path: Path) -> None:
    own = extended(tmp_path, prompts="[T21]\noff = true\n")
    sheet = call(issues="nonfatal-strangulation")
    assert "T21" in fired(sheet)
    assert "T21" not in [each.code for each in guided(sheet, own.guide, ON).fired]


def test_changing_its_words_is_one_line_and_leaves_the_rest(tmp_path: Path) -> None:
    own = extended(tmp_path, prompts='[T2]\nsays = ["Ring the paediatrician on 4118 now."]\n')
    prompt, before = own.guide.prompt_by_code["T2"], GUIDE.prompt_by_code["T2"]
    assert prompt.says == ("Ring the paediatrician on 4118 now.",)
    assert (prompt.tells, prompt.done, prompt.when.text, prompt.sources) == (
        before.tells, before.done, before.when.text, before.sources,
    )  # fmt: skip


def test_a_new_one_is_a_few_lines(tmp_path: Path) -> None:
    own = extended(
        tmp_path,
        walk='[dog]\nletter = "B"\nasks = "Is there a dog?"\nlabel = "Dog"\nkind = "yes-no"\n'
        'when = "concern"\nsource = "local"\n',
        conditions='bitten = "dog is yes and injury"\n',
        prompts='[D1]\nkind = "stop"\ntitle = "A dog"\nwhen = "bitten"\nsays = ["Where is it?"]\n'
        'done = ["told-101"]\ntells = ["The dog is away."]\nsources = ["local"]\n',
        margin='[bite]\nwords = ["bitten"]\nsays = "By what?"\nsource = "local"\n',
        do_not_tell='[dog]\nlabel = "a dog"\nwhen = "dog is yes"\nsource = "local"\n',
    )
    now = guided(call(issues="burn", said="dog yes", notes="Bitten."), own.guide, ON)
    assert "D1" in [each.code for each in now.stops]
    bitten = call(issues="burn", said="dog yes", notes="Bitten.")
    assert "bite" in dict(margin(bitten, own, now, ON)) and "dog" in [
        each.code for each in now.hides
    ]
    assert "dog" in [each.code for each in now.asked]


def test_each_pack_that_comes_with_spoc_guides() -> None:
    names = {each.code: each.asks for each in load("somerset").guide.questions}
    assert "WREN" in names["maternity-referral"] and "The Bridge" in names["assault-centre"]
    assert set(names) == set(GUIDE.by_code)


def a_stop(**changes: str) -> str:
    """The lines of a STOP, some of them otherwise; "" leaves one out."""
    lines = {
        "kind": '"stop"', "title": '"X"', "when": '"concern"', "says": '["Now."]',
        "done": '["told-999"]', "tells": '["Now."]', "sources": '["local"]',
    } | changes  # fmt: skip
    return "[X1]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


ASKED = 'letter = "B"\nasks = "Is it?"\nlabel = "It"\nsource = "local"\n'


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("prompts", a_stop(colour='"red"'), "unknown key “colour”; known are kind, title"),
        ("prompts", a_stop(kind='"shout"'), "kind is stop, ask or tell"),
        ("prompts", a_stop(kind=""), "“X1” has no kind"),
        ("prompts", a_stop(tells=""), "“X1” has no tells"),
        ("prompts", a_stop(tells="[]"), "“X1” has no tells"),
        ("prompts", a_stop(says=""), "“X1” has no says"),
        ("prompts", a_stop(sources=""), "“X1” has no sources"),
        ("prompts", a_stop(sources='["nobody"]'), "names source “nobody”, which is not in pack"),
        ("prompts", a_stop(done=""), "a STOP names in done the actions that answer it"),
        ("prompts", a_stop(done='["told-998"]'), "done names “told-998”, which is not an action"),
        ("prompts", a_stop(done=str(["told-999"] * 10).replace("'", '"')), "more than 9 actions"),
        ("prompts", a_stop(kind='"ask"'), "an ASK names in asks the questions it puts"),
        (
            "prompts",
            a_stop(asks='["dog"]'),
            "asks names “dog”, which is not a question of the walk",
        ),
        ("prompts", a_stop(words='["knife"]'), "words and suggests go together"),
        (
            "prompts",
            a_stop(when='"isues has burn"'),
            "“isues” is neither a coded field nor a question",
        ),
        ("prompts", a_stop(when='"issues has born"'), "“born” is not a code of issues"),
        ("prompts", a_stop(when='"danger is maybe"'), "“maybe” is not a code of danger"),
        ("prompts", a_stop(when='"worry is yes"'), "“yes” is not a code of worry"),
        ("prompts", a_stop(when='"impact is bad"'), "“bad” is not a code of impact"),
        ("prompts", a_stop(when='"(concern or unborn"'), "a bracket is not closed"),
        ("prompts", a_stop(when='"concern)"'), "“)” is too much after a whole condition"),
        ("prompts", a_stop(when='"worried"'), "“worried” is neither a test nor the name"),
        ("prompts", a_stop(when='"concern and"'), "the condition breaks off"),
        ("prompts", a_stop(when='"age under two years"'), "“two” is not a number"),
        ("prompts", a_stop(when='"age under 2 weeks"'), "“weeks” is not a unit of age"),
        ("prompts", a_stop(off='"yes"'), "off must be true or false"),
        ("prompts", a_stop(at_once='"two"'), "at_once must be a whole number"),
        ("prompts", '[x1]\nkind = "tell"\n', "“x1” is not a name for an entry of prompts"),
        ("prompts", 'X1 = "tell"\n', "“X1” must be a table"),
        ("walk", '[it]\nletter = "B"\n', "“it” has no asks"),
        ("walk", "[it]\n" + ASKED.replace('"B"', '"Z"'), "letter is one of O, S, B, A, R, C"),
        ("walk", f'[it]\n{ASKED}kind = "maybe"\n', "kind is text or yes-no"),
        ("walk", f'[it]\n{ASKED}needed = "no such thing"\n', "“no” is neither a test nor the name"),
        ("walk", "[it]\n" + ASKED.replace('source = "local"\n', ""), "“it” has no source"),
        ("margin", '[it]\nsays = "Really?"\nsource = "local"\n', "give words, or when, or both"),
        ("margin", '[it]\nwords = ["x"]\nsource = "local"\n', "“it” has no says"),
        ("margin", '[it]\nsays = "X"\nof = "dog"\nwords = ["x"]\nsource = "local"\n', "of is text"),
        ("do_not_tell", '[it]\nlabel = "X"\nsource = "local"\n', "“it” has no when"),
        ("conditions", "it = 3\n", "it must be text in quotes"),
        ("conditions", 'it = "that"\n', "“that” is neither a test nor the name"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_file_line_and_reason(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    with pytest.raises(BadPack) as refused:
        extended(tmp_path, **{name: f"# a comment\n\n{text}"})
    file = f"own/{name.replace('_', '-')}.toml"
    assert str(refused.value).startswith(f"{file}, line 3: ")
    assert reason in str(refused.value)


# Whatever is on the sheet

CODES = {name: [each.code for each in codes] for name, codes in GENERIC.lists.items()}
TEXT = st.text(max_size=12) | st.sampled_from(
    ["level 3", "DNA", "knife", "yes", "unknown", "empty"]
)
PEOPLE = st.builds(
    Person,
    name=TEXT,
    kind=st.sampled_from(["child", "unborn", "", "adult"]),
    dob=st.sampled_from([*BORN.values(), "", "2099-01-01", "1900-02-29", "31/02/2020", "x"]),
    edd=st.sampled_from(["", "2027-02-12", "soon"]),
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    coded = [field for field in CONTACT_FORM if field.kind == "code"]
    values = {field.key: draw(st.sampled_from([*CODES[field.codes], "", "odd"])) for field in coded}
    values |= {key: draw(TEXT) for key in ("impact", "household", "voice_words")}
    return Sheet(
        "2026-11-20T09:00:00.000Z",
        values=values,
        many={
            "issues": tuple(draw(st.lists(st.sampled_from([*CODES["issue"], "odd"]), max_size=5)))
        },
        children=tuple(draw(st.lists(PEOPLE, max_size=3))),
        identity=draw(st.sampled_from([*CODES["identity"], ""])),
        actions=tuple(map(Action, draw(st.lists(st.sampled_from(CODES["action"]), max_size=4)))),
        outcome=draw(st.sampled_from([*CODES["outcome"], ""])),
        notes=draw(TEXT),
        answers=draw(
            st.dictionaries(
                st.sampled_from([*GUIDE.by_code, "gone"]),
                st.builds(Answer, st.sampled_from(["answered", "skipped", "unknown"]), TEXT),
                max_size=12,
            )
        ),
        prompts=draw(
            st.dictionaries(
                st.sampled_from([*GUIDE.prompt_by_code, "Z9"]),
                st.builds(Response, st.sampled_from(["done", "overridden", "dismissed"])),
                max_size=6,
            )
        ),
    )


@given(sheets(), st.integers(0, 9))
def test_no_sheet_is_too_odd_to_be_guided(sheet: Sheet, earlier: int) -> None:
    now = seen(sheet, earlier)
    asked = [each.code for each in now.asked]
    assert len(set(asked)) == len(asked)
    letters = [list(LETTERS).index(each.letter) for each in now.asked]
    assert letters == sorted(letters)
    assert len(now.shown) <= AT_ONCE and set(now.stops) <= set(now.open) <= set(now.fired)
    assert [each.kind for each in now.open] == sorted((e.kind for e in now.open), key=[STOP, ASK, TELL].index)  # fmt: skip
    assert all(words for _, words in margin(sheet, GENERIC, now, ON))


# What a line of advice takes for a fact, and the codes or answers one of which must then have been given.
RESTS_ON = {
    "A child was said to be in danger now": {"danger yes"},
    "The child is not known to be safe": {"safety_now unsafe"},
    "With an aggressive carer": {"issues carer-aggressive", "issues carer-aggression"},
    "Injury or bruise": {f"issues {each}" for each in (
        "bruise-nonmobile", "unexplained-injury", "head-injury-under-1", "fracture-under-2", "burn",
        "nonfatal-strangulation",
    )},
    "Physical abuse by a carer": {"issues physical-abuse"},
    "Recent sexual harm": {"issues csa-recent", "just-happened yes"},
    "It was recent": {"issues csa-recent", "just-happened yes"},
    "Domestic abuse: the child": {"issues domestic-abuse"},
    "Abuse in a young relationship": {"issues teenage-relationship-abuse"},
    "Left before being seen": {"where_now left"},
    "About to leave unseen": {"seen-yet no"},
    "Missing now": {"where_now missing"},
    "After a death": {"issues child-death", "where_now died"},
    "Self-harm:": {"issues self-harm"},
    "debts, gifts": {"service SEXUAL-HEALTH", *(f"issues {each}" for each in (
        "serious-youth-violence", "child-substances", "missing", "cse", "cce", "trafficking",
        "teenage-relationship-abuse", "teenage-pregnancy",
    ))},
    "Was not brought": {"issues was-not-brought"},
    "An adult was hurt": {"strangled-child no"},
    "Over four weeks ago": {"strangled-recent no"},
    "Taken away against advice": {"removing yes", "issues removal-against-advice"},
    "CP-IS was answered no": {"cp-is-answer no"},
    "Information was asked for": {"issues information-request"},
    "No name was given": {"identity no-names"},
    "Something swallowed": {"issues poisoning"},
    "After the death of a parent": {"issues parental-death"},
    "An adult who poses a risk": {"issues adult-poses-risk"},
    "No access": {"issues no-access"},
    "A safety plan": {"actions safety-plan"},
    "Radicalisation:": {"issues radicalisation"},
    "Perplexing presentation": {"issues perplexing-presentation"},
    "Harmful sexual behaviour": {"issues harmful-sexual-behaviour"},
}  # fmt: skip


def test_each_of_these_words_stands_in_some_advice() -> None:
    every = " ".join(
        line for each in GUIDE.prompts for part in (each, *each.occasions) for line in part.tells
    )
    assert [words for words in RESTS_ON if words not in every] == []


@given(sheets())
def test_no_advice_takes_for_a_fact_what_nobody_coded_or_answered(sheet: Sheet) -> None:
    now = seen(sheet)
    given = {f"{key} {code}" for key, codes in now.facts.said.items() for code in codes}
    for prompt in now.fired:
        assert prompt.says and prompt.tells and len(prompt.done) <= 9
        for line in prompt.tells:
            for words, codes in RESTS_ON.items():
                assert words not in line or codes & given, (prompt.code, line)


def test_the_birthdays_are_of_those_ages() -> None:
    for months, day in BORN.items():
        assert whole_months(date.fromisoformat(day), ON) == months
