"""The generic pack's questions and safety prompts: each fires where it should, one fact away it does not, and
its words reach the read-back. A pack that does not hold says where."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from guidance.guided import BORN, GUIDE, ON, call, extended, fired, noted, seen
from samples import GENERIC

from spoc.model.forms.sheet import Action, Person, Response, Sheet
from spoc.model.hearing.code_match import meant, ways
from spoc.model.rules.guiding.guide import ASK, STOP, TELL
from spoc.model.rules.guiding.guiding import answered, guided, responded, state

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


def test_what_the_words_suggest_is_named_by_its_short_label_which_can_be_typed() -> None:
    lists = {name: GENERIC.codes(name, ON) for name in ("issue", "action")}
    briefs = {code.in_brief: (name, code) for name, codes in lists.items() for code in codes}
    shorts = {short for codes in lists.values() for code in codes for short in code.short}
    for text in (*(each.suggests for each in GUIDE.prompts), *(each.says for each in GUIDE.notes)):
        for part in re.findall(
            r"[Aa]dd (?:the (?:issue|action) )?([^.:?]*?)(?:, or answer|[.:?]|$)", text
        ):
            for named in re.findall("“([^”]+)”", part):
                name, code = briefs[named]
                assert meant(named, lists[name], ways(GENERIC, name)).taken == code, text
        assert not shorts & set(re.sub("“[^”]*”", "", text).split()), text


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


def test_a_parents_methadone_is_nothing_that_the_child_swallowed() -> None:
    assert "T28" in noted(call(notes="Swallowed bleach"))
    assert "T28" not in noted(call(notes="Mum is on methadone"))


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


@pytest.mark.parametrize(
    ("facts", "noticed"),
    [
        ({"issues": "consent-question", "category": ""}, True),
        ({"issues": "report-request", "category": "", "identity": "no-names"}, True),
        ({"issues": "consent-question", "category": "no-abuse-process-query"}, False),
        ({"issues": "consent-question", "category": "neglect"}, False),
        ({"issues": "burn", "category": ""}, False),
    ],
)
def test_a_mere_question_is_told_its_category(facts: dict[str, str], noticed: bool) -> None:
    assert ("process-question" in noted(call(**facts))) == noticed


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
