"""What a named nurse found wrong, each row tried as whoever writes a pack tries it: what fires, what narrowly does
not, and what the read-back says of it."""

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from click.testing import CliRunner
from samples import GENERIC

from spoc.cli.commands import spoc
from spoc.guidance.pack import load
from spoc.model.rules.guiding.guide import Prompt

BORN = {
    "3m": "2026-08-20", "9m": "2026-02-20", "14m": "2025-09-20", "2y": "2024-09-20", "3y": "2023-09-20",
    "6y": "2020-09-20", "7y": "2019-09-20", "9y": "2017-09-20", "15y": "2011-09-20", "20y": "2006-09-20",
}  # fmt: skip
ADVICE = "Advice from spoc, not agreed"
IN_AND_OUT = ("Joint agency response", "Before home", "Nothing washed", "clothes kept")


@dataclass(frozen=True)
class Case:
    """A call, what fires of it, what does not, words of its read-back, and words that are not in it."""

    row: str
    call: dict[str, Any]
    fires: str = ""
    silent: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def a_call(
    issues: str = "", age: str = "7y", said: str = "", actions: str = "", **values: Any
) -> dict[str, Any]:
    """A contact as ``contact add`` takes it; ``said`` has answers: "danger yes"."""
    words = iter(said.split())
    given: dict[str, Any] = {
        "received_at": "2026-11-20T09:00:00Z", "category": "physical", "where_now": "home", "service": "ED",
        "caller": {"name": "Reed, Amy", "verified": "known-number"}, **values,
    }  # fmt: skip
    if issues:
        given["issues"] = issues.split()
    if said:
        given["answers"] = {question: next(words) for question in words}
    if actions:
        usual = {each: GENERIC.find("action", each) for each in actions.split()}
        given["actions"] = [
            {
                "code": each,
                "by": "caller",
                "at": given["received_at"],
                "due": code.due if code else "",
            }
            for each, code in usual.items()
        ]
    if age == "unborn":
        given["children"] = [{"name": "Unborn baby", "kind": "unborn", "edd": "2027-02-12"}]
    elif age:
        given["children"] = [{"name": "Brook, Ty", "dob": BORN[age]}]
    return given


CASES = [
    # G1: the call is made now, the written referral is another thing
    Case("G1", a_call("bruise-nonmobile", "3m", actions="verbal-csc-caller"), says=("now, by 11:00",), never=("24 hours",)),
    Case("G1", a_call("bruise-nonmobile", "3m", actions="edt-referral"), says=("now, by 11:00",)),
    Case("G1", a_call(actions="written-referral"), says=("24 hours after 09:00", "arrival confirmed")),
    # G2: could somebody have done this?
    Case("G2", a_call("unexplained-injury", "3y"), "T29", "T2", ("Could somebody have done this?", "Senior paediatric opinion before home")),
    Case("G2", a_call("fracture-under-2", "14m"), "T29", "T2", ("brothers and sisters",)),
    Case("G2", a_call("fracture-under-2", "14m", mobility="mobile"), "T29", "T2"),
    Case("G2", a_call("head-injury-under-1", "9m", mobility="mobile"), "T29", "T2"),
    Case("G2", a_call("head-injury-under-1", "9m"), "T2"),
    Case("G2", a_call("burn", "2y"), "T30", "T2 T29", ("between carers",)),
    Case("G2", a_call("poisoning", "2y"), "T28 T30", "T29"),
    Case("G2", a_call("physical-abuse", "7y"), "T29", "T2", ("Physical abuse by a carer: social care today",)),
    Case("G2", a_call("parental-mental-health", "3y"), "", "T29 T30"),
    Case("G2", a_call("unexplained-injury", "7y", category="no-abuse-process-query"), "", "T29"),
    # G3: recent sexual abuse is a STOP, and under 13 any sexual harm
    Case("G3", a_call("csa-recent", "6y", category="sexual"), "T31 T15U T6", "", ("within 72 hours, best within 24", "up to 5 days", "sexual assault referral centre today")),
    Case("G3", a_call("csa-recent", "15y", category="sexual"), "T31", "T15U"),
    Case("G3", a_call("csa-non-recent", "15y", category="sexual"), "T6", "T31 T15U", never=("72 hours",)),
    Case("G3", a_call("csa-non-recent", "9y", category="sexual"), "T15U T6", "T31"),
    Case("G3", a_call("", "9y", category="sexual"), "T15U"),
    Case("G3", a_call("", "15y", "just-happened yes", category="sexual"), "T31", "T15U"),
    Case("G3", a_call("", "15y", "just-happened no", category="sexual"), "T6", "T31"),
    Case("G3", a_call("harmful-sexual-behaviour", "9y", category="risk-outside-home"), "T15U T34", "T31", ("social care today, for each of the children",), ("cannot consent", "police")),
    Case("G3", a_call("harmful-sexual-behaviour", "9y", category="sexual"), "T15U T34", "", ("a child cannot consent",), ("for each of the children",)),
    Case("G3", a_call("harmful-sexual-behaviour", "15y", category="risk-outside-home"), "T34", "T15U"),
    # G4: what must be kept, only where it was recent
    Case("G4", a_call("csa-recent", "15y"), "T6", "", ("clothes kept",)),
    Case("G4", a_call("csa-non-recent", "15y"), "T6", "", (), ("clothes", "washed")),
    Case("G4", a_call("", "15y", "crime-disclosed yes"), "T6", "T31", (), ("clothes", "washed")),
    Case("G4", a_call("", "15y", "crime-disclosed yes just-happened yes"), "T6", "T31", ("clothes kept",)),
    # G5: a girl's is reported by whoever heard or saw it; an adult's is not a report; at risk is social care
    Case("G5", a_call("fgm", "15y", "fgm-told-or-seen yes registered yes"), "T3", "", ("in person to police on 101", "normally by the close of the next working day"), ("social care today",)),
    Case("G5", a_call("fgm", "15y", "fgm-told-or-seen no registered yes"), "T3", "", ("At risk, or suspected under 18: social care today",)),
    Case("G5", a_call("fgm", "15y"), "T3", "", ("in person to police", "social care today")),
    Case("G5", a_call("fgm", "unborn", category="unborn-risk"), "T3", "", ("are there girls in the family or expected", "Enhanced dataset"), ("social care today", "101")),
    Case("G5", a_call("fgm", "20y"), "T3", "", ("FGM risk assessment", "the named nurse"), ("social care today", "101")),
    Case("G5", a_call("fgm", "unborn", "fgm-adult no"), "T3", "", ("social care today",)),
    Case("G5", a_call("fgm", "15y"), "T3", "", ("Do not examine to look for it; treat what needs treating",)),
    # G6: nothing is said that was not
    Case("G6", a_call("carer-aggressive"), "T1", "T22", ("With an aggressive carer",), ("taken away", "taking the child")),
    Case("G6", a_call("carer-aggressive", said="danger no"), "", "T1 T22"),
    Case("G6", a_call("removal-against-advice"), "T22", "T1", ("do not try to hold them",), ("aggressive carer",)),
    Case("G6", a_call("removal-against-advice", said="removing no"), "", "T1 T22"),
    Case("G6", a_call("nonfatal-strangulation", "3m", category="emotional"), "T21", "T2", ("Write down who was hurt",)),
    Case("G6", a_call("nonfatal-strangulation", "3m", "strangled-child no"), "T21", "T2", ("An adult was hurt",)),
    Case("G6", a_call("nonfatal-strangulation", "3m", "strangled-child yes"), "T21 T2", "", (), ("An adult was hurt",)),
    Case("G6", a_call("homeless"), "", "T19", (), ("council",)),
    Case("G6", a_call("moved-area"), "T19", "", ("Write in both records which council holds it",)),
    Case("G6", a_call("cce", "15y"), "T15", "", ("debts, gifts",), ("elf-harm",)),
    Case("G6", a_call("self-harm", "15y"), "T15", "", ("Self-harm: not left alone",), ("debts, gifts",)),
    Case("G6", a_call("parental-mental-health", said="leaving yes", category="emotional", where_now="ward"), "T9", "", ("write the plan, with who does what",), ("consultant sees the child", "examin")),
    Case("G6", a_call("unexplained-injury", said="leaving yes", where_now="ward"), "T9", "", ("a consultant sees the child",)),
    # G8: missing now
    Case("G8", a_call("", "15y", where_now="missing", category="risk-outside-home"), "T32", "", ("police now, 999 at high risk", "clothing, medicines and phone", "return interview")),
    Case("G8", a_call("missing", "15y", where_now="home"), "T15", "T32"),
    # G9: what fired nothing
    Case("G9", a_call("neglect-supervision", category="neglect"), "T33", "", ("describe the child's day",)),
    Case("G9", a_call("neglect-dental"), "T27", "T33"),
    Case("G9", a_call("harmful-sexual-behaviour", "15y"), "T34", "T31", ("both children", "Brook tool")),
    Case("G9", a_call("radicalisation", "15y"), "T36", "", ("Prevent lead",)),
    Case("G9", a_call("perplexing-presentation"), "T37", "T5", ("usually open with the parents",), ("DO NOT TELL",)),
    Case("G9", a_call("concealed-pregnancy", "15y"), "T14", "", ("she is a child too",)),
    Case("G9", a_call("missed-antenatal", "20y"), "T14"),
    Case("G9", a_call("", "", category="unborn-risk"), "T14"),
    Case("G9", a_call("", "15y", category="emotional"), "", "T14"),
    # G10: strangulation within four weeks, or later with symptoms
    Case("G10", a_call("nonfatal-strangulation"), "T21", "", ("Within four weeks, or later with symptoms",)),
    Case("G10", a_call("nonfatal-strangulation", said="strangled-recent no"), "T21", "", ("tell a doctor",), ("emergency department today",)),
    # G11: a death, not a danger to life
    Case("G11", a_call("self-harm", "15y", "life-in-danger yes", where_now="ed"), "T15", "T11", (), ("Joint agency",)),
    Case("G11", a_call("self-harm", "15y", "life-in-danger yes not-expected yes", where_now="ed"), "T11", "", ("Joint agency response now",), ("After a death",)),
    Case("G11", a_call("child-death"), "T11", "", ("After a death: Child Health",)),
    # G12: about to leave before being seen
    Case("G12", a_call("burn", said="leaving yes seen-yet no", where_now="ed"), "T8", "", ("About to leave unseen",), ("Left before being seen, or taken away:",)),
    Case("G12", a_call("burn", said="leaving yes", where_now="ed"), "T8 T9", "", ("if nobody has seen the child",), ("About to leave unseen",)),
    Case("G12", a_call("burn", said="leaving yes", where_now="ward"), "T9", "T8"),
    Case("G12", a_call("burn", said="leaving yes seen-yet yes", where_now="ed"), "T9", "T8"),
    Case("G12", a_call("burn", where_now="left"), "T8", "", ("assess the risk now",)),
    # G13: between agencies, or inside the trust
    Case("G13", a_call(said="disagree-inside yes"), "T38", "T18", ("No discharge meanwhile",), ("resolving professional differences",)),
    Case("G13", a_call(said="agrees no", service="ED"), "T38", "T18"),
    Case("G13", a_call(said="agrees no", service="GP"), "T18", "T38"),
    Case("G13", a_call(said="disagree-csc yes"), "T18", "T38", ("put it in writing to whoever decided",)),
    # G14: a partner, and a young person's confidence
    Case("G14", a_call("teenage-relationship-abuse", "15y"), "T7 T15", "", ("DO NOT TELL", "ask the young person what may be known at home")),
    Case("G14", a_call("self-harm", "15y", "young-private yes"), "", "", ("the young person asks that parents are not told",)),
    Case("G14", a_call("self-harm", "15y", "young-private no"), "", "", (), ("DO NOT TELL",)),
    # G15: an allegation
    Case("G15", a_call("staff-allegation"), "T10", "", ("parents and carers yet", "Interview neither the child nor witnesses")),
    # G18, G19
    Case("G18", a_call("removal-against-advice", said="removing yes"), "T22", "", ("do not try to hold them",), ("by force",)),
    Case("G19", a_call("", "unborn", "cp-is-answer no"), "T24", "", ("An unborn baby's plan shows on the mother's record",)),
    Case("G19", a_call("", "unborn", "cp-is-answer yes"), "", "T24"),
    # What was not there at all
    Case("new", a_call("parental-death"), "T39", "", ("who has the children",)),
    Case("new", a_call("adult-poses-risk"), "T40", "", ("nature and context",)),
    Case("new", a_call("no-access"), "T41"),
    Case("new", a_call(actions="safety-plan"), "T35", "", ("what happens if it breaks",)),
    # A routine query, and a call that is purely clinical
    Case("routine", a_call("consent-question", "3m", category="no-abuse-process-query"), "", "any"),
    Case("clinical", a_call("", "9m", category=None, notes="Croup, better after dexamethasone."), "", "any"),
    Case("clinical", a_call("", "9y", category=None, where_now="ed", notes="Fractured wrist at football."), "", "any"),
    Case("clinical", a_call("", "14m", category=None, where_now="ed", notes="Febrile convulsion at home, settled, temperature 39.4."), "", "any"),
    Case("clinical", a_call("", "6y", category=None, where_now="ed", notes="Asthma, third salbutamol, better."), "", "any"),
    Case("clinical", a_call("", "9y", category=None, where_now="ed", notes="Appendicitis, for theatre tonight."), "", "any"),
    Case("clinical", a_call("", "7y", category=None, where_now="ed", notes="Dental abscess, antibiotics, seen by the dentist on Monday."), "", "any"),
    Case("clinical", a_call("", "15y", category=None, where_now="ed", notes="Twisted knee at rugby, seen to fall by the coach."), "", "any"),
    Case("clinical", a_call("", "3y", category=None, where_now="ed", notes="Allergic reaction to peanut, adrenaline given, stays for six hours."), "", "any"),
    Case("clinical", a_call("", "9m", category=None, where_now="ed", notes="Bronchiolitis, feeding half, oxygen."), "", "any"),
    Case("clinical", a_call("", "2y", category=None, where_now="ed", notes="Gastroenteritis, not keeping fluids down."), "", "any"),
    Case("clinical", a_call("", "15y", category=None, where_now="ed", notes="New diabetes, in ketoacidosis."), "", "any"),
    Case("clinical", a_call("", "3m", category=None, where_now="ed", notes="Fever under three months, for bloods and lumbar puncture."), "", "any"),
    Case("clinical", a_call("", "6y", category=None, where_now="ed", notes="Tonsillectomy yesterday, bleeding a little."), "", "any"),
    Case("clinical", a_call("", "2y", category=None, where_now="ed", notes="Known epilepsy, usual seizure, rescue medicine given at home."), "", "any"),
    *(
        Case("routine", a_call(issue, "7y", category="no-abuse-process-query", verified="known-number"), "", "any")
        for issue in ("information-request", "report-request", "staff-support", "discharge-delay")
    ),
]  # fmt: skip


@cache
def tried() -> list[dict[str, Any]]:
    """Every case, as the command answers."""
    calls = [{key: held for key, held in each.call.items() if held is not None} for each in CASES]
    given = json.dumps(calls)
    done = CliRunner().invoke(
        spoc, ["prompt", "try", "--json", "-", "--format", "json"], input=given
    )
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.output)
    return found


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{n}-{each.row}" for n, each in enumerate(CASES)]
)
def test_each_row_of_the_review(number: int) -> None:
    case, found = CASES[number], tried()[number]
    fired = {*found["stop"], *found["ask"], *found["tell"]}
    assert set(case.fires.split()) <= fired
    assert not fired if case.silent == "any" else not fired & set(case.silent.split())
    text = " ".join(" ".join(found["read_back"]).split())
    for words in case.says:
        assert words in text
    for words in case.never:
        assert words.casefold() not in text.casefold()


def test_every_row_has_a_call_that_fires_and_one_that_does_not() -> None:
    rows = {case.row for case in CASES}
    others = {
        "G7",
        "G16",
        "G17",
        "G20",
    }  # words, sources, law and numbers: below, and with the codes
    assert {f"G{n}" for n in range(1, 21)} <= rows | others


def test_what_was_said_in_the_call_and_what_spoc_advises_stand_apart() -> None:
    for case, found in zip(CASES, tried(), strict=True):
        agreed = "\n".join(found["read_back"]).partition(ADVICE)[0]
        for words in IN_AND_OUT:
            assert words not in agreed, case


# G7: abbreviations that mean two things


def test_no_abbreviation_that_means_two_things_picks_an_issue_an_action_or_an_outcome() -> None:
    doubtful = {
        "sa",
        "si",
        "ed",
        "csa",
        "pp",
        "cp",
        "ld",
        "dna",
        "pe",
        "mh",
        "pmh",
        "od",
        "us",
        "dc",
        "oh",
    }
    for pack in (GENERIC, load("somerset")):
        taken: dict[str, str] = {}
        for name in ("issue", "action", "outcome"):
            for code in pack.lists[name]:
                assert not doubtful & set(code.short), code.code
                for short in code.short:
                    assert taken.setdefault(short, name) == name, f"{short} is in two lists"
    assert not doubtful & {"cp"} & set(GENERIC.abbreviations)


# G16: a source that is named holds it


@pytest.mark.parametrize(
    ("name", "code", "source"),
    [
        ("issue", "teenage-relationship-abuse", "local"), ("issue", "concealed-pregnancy", "local"),
        ("issue", "eating-disorder", "local"), ("issue", "online-harm", "local"),
        ("issue", "hidden-child", "000"), ("action", "idva", "da-act"),
        ("action", "nrm", "modern-slavery"), ("tool", "dash", "dash"), ("tool", "barnardos", "003"),
    ],
)  # fmt: skip
def test_a_code_rests_on_what_holds_it(name: str, code: str, source: str) -> None:
    found = GENERIC.find(name, code)
    assert found is not None and found.source.key == source


def test_a_question_and_a_prompt_rest_on_what_holds_them() -> None:
    by_code = GENERIC.guide.by_code
    assert by_code["harm-treated"].source.key == by_code["harm-means"].source.key == "ng225"
    assert by_code["neonatal-hv"].source.key == "002"
    sources = {
        code: {s.key for s in each.sources} for code, each in GENERIC.guide.prompt_by_code.items()
    }
    assert "004" not in sources["T16"] and "child-death-review" in sources["T11"]
    assert "ifas" in sources["T21"] and "panel-bruising" in sources["T2"]


# G17: law and editions


def test_no_edition_is_a_looking_up_and_what_is_medicine_or_law_is_looked_at_within_six_months() -> (
    None
):
    file = files("spoc.guidance") / "generic" / "pack.toml"
    for source in tomllib.loads(file.read_text("utf-8"))["source"]:
        assert "looked up" not in source["edition"], source["key"]
    used = {s.key: s for each in GENERIC.guide.prompts for s in each.sources}
    for each in used.values():
        if not each.confirmed:
            assert (
                each.review.isoformat() <= "2027-05-26" and "to be confirmed locally" in each.title
            )
    for key in (
        "csa-duty",
        "working-together",
        "fgm-duty",
        "forced-marriage",
        "ifas",
        "pepse",
        "emergency-contraception",
    ):
        found = next(
            s
            for s in (*used.values(), *(c.source for c in GENERIC.lists["category"]))
            if s.key == key
        )
        assert not found.confirmed


@pytest.mark.parametrize("code", ["T6", "T31", "T15U"])
def test_the_duty_to_report_stands_there_with_its_day_and_nothing_advises_against_a_report(
    code: str,
) -> None:
    prompt = GENERIC.guide.prompt_by_code[code]
    text = " ".join((*prompt.do, *(line for each in prompt.occasions for line in each.do)))
    assert "Duty to report child sexual abuse" in text and "26 November 2026" in text
    for each in GENERIC.guide.prompts:
        for line in lines_of(each):
            assert not re.search(r"(?i)(do not|don't|no need to|not) (report|refer)\b", line), line


# Sayable


def lines_of(prompt: Prompt) -> list[str]:
    parts = (prompt, *prompt.occasions)
    return [line for each in parts for line in (*each.says, *each.do, *each.tells)]


def words_in(sentence: str) -> int:
    return len(re.findall(r"[\w’'&-]+", sentence))


def test_what_is_said_to_the_caller_is_a_thought_a_line_of_sixteen_words_at_most() -> None:
    for each in GENERIC.guide.prompts:
        for part in (each, *each.occasions):
            for line in part.says:
                assert words_in(line) <= 16, (each.code, line)
            for line in (*part.do, *part.tells):
                for sentence in re.split(r"(?<=[.?!:;]) ", line):
                    assert words_in(sentence) <= 16, (each.code, sentence)


def test_a_question_has_sixteen_words_at_most_and_nobody_is_thought_of() -> None:
    for question in GENERIC.guide.questions:
        assert words_in(question.asks) <= 16, question.asks
    for prompt in GENERIC.guide.prompts:
        assert "thought of" not in " ".join(lines_of(prompt))
        assert "are thought" not in " ".join(lines_of(prompt))
