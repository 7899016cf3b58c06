"""The read-back says nothing that nobody coded, answered, typed or ticked; what spoc advises stands apart."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import GENERIC
from test_readback import NOW, a_call, flat

from spoc.model.documents.readback import VERSIONS, banner, text_of
from spoc.model.documents.readback_record import ADVICE
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import NO_NAMES, UNBORN, Action, Answer, Person, Response, Sheet
from spoc.model.rules.codes import CAREFUL
from spoc.model.rules.guide import Prompt
from spoc.model.rules.guiding import DISMISSED
from spoc.model.values.instants import utc_text

ON = NOW.date()
AT = utc_text(NOW)
GUIDE = GENERIC.guide
CODED = [each for each in CONTACT_FORM if each.kind == "code"]
RELATED = {field.key for field in CODED}


def codes(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([each.code for each in GENERIC.codes(name, ON)])


def some(name: str, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(codes(name), max_size=most, unique=True).map(tuple)


@st.composite
def contacts(draw: st.DrawFn) -> Sheet:
    """A contact with any codes, any answers and any way to meet any prompt, whether that was so or not."""
    values = {
        each.key: draw(codes(each.codes)) for each in CODED if each.codes and draw(st.booleans())
    }
    actions = tuple(Action(code, "desk", "24h", AT) for code in draw(some("action", 5)))
    met = {
        code: draw(
            st.one_of(
                st.builds(Response, st.just("done"), some("action", 3), at=st.just(AT)),
                st.builds(Response, st.just("overridden"), why=st.just("Qqq"), at=st.just(AT)),
                st.just(Response(DISMISSED)),
            )
        )
        for code in draw(
            st.lists(st.sampled_from([*GUIDE.prompt_by_code]), max_size=4, unique=True)
        )
    }
    asked = draw(st.lists(st.sampled_from(GUIDE.questions), max_size=8, unique=True))
    answers = {
        each.code: Answer("answered", draw(st.sampled_from(("yes", "no"))) if each.kind == "yes-no" else "Qqq")
        for each in asked
        if each.code not in RELATED
    }  # fmt: skip
    born = draw(st.sampled_from(["2026-11-01", "2025-10-01", "2019-03-01", "2011-06-01", ""]))
    child = Person("Qqq", "child", dob=born) if draw(st.booleans()) else Person("Qqq", UNBORN)
    nobody = draw(st.booleans())
    return Sheet(
        opened_at=AT,
        values=values,
        many={"issues": draw(some("issue", 5))},
        actions=actions,
        outcome=draw(st.one_of(st.just(""), codes("outcome"))),
        notes=draw(st.sampled_from(("", "Qqq"))),
        answers=answers,
        prompts=met,
        children=() if nobody else (child,),
        identity=NO_NAMES if nobody else child.kind if child.kind == UNBORN else "named",
    )


def record(sheet: Sheet, version: str) -> str:
    """What a version states: all of it but the advice and the reasons not to tell, on one line."""
    text = text_of(a_call(sheet), version).partition(f"\n{ADVICE}\n")[0]
    for line in banner(a_call(sheet), version):
        text = text.replace(line, "")
    return " ".join(text.split())


def coded(sheet: Sheet) -> set[str]:
    """The words of every code that somebody chose."""
    chosen = {("issue", each) for each in sheet.many["issues"]}
    chosen |= {("action", each.code) for each in sheet.actions} | {("outcome", sheet.outcome)}
    chosen |= {(each.codes, sheet.values.get(each.key, "")) for each in CODED}
    return {GENERIC.label(*each) for each in chosen if each[1]}


def without_what_was_coded(sheet: Sheet, version: str) -> str:
    """What a version states beside the words of chosen codes and the labels of questions."""
    text = record(sheet, version)
    for label in (*coded(sheet), *(each.label for each in GUIDE.questions)):
        bare = re.sub(r" \([^()]*\)", "", label)  # as the script says it
        for each in (label, label.lower(), bare):
            text = text.replace(each, "")
    return text


@pytest.mark.parametrize("version", [each for each in VERSIONS if each != "safe"])
@given(sheet=contacts())
def test_no_code_stands_there_that_nobody_chose(version: str, sheet: Sheet) -> None:
    text = without_what_was_coded(sheet, version)
    for name in CAREFUL:
        for code in GENERIC.lists[name]:
            assert code.label not in text, code.code


def guidance_of(prompt: Prompt) -> list[str]:
    return [prompt.title, *prompt.says, *prompt.tells]


@pytest.mark.parametrize("version", [*VERSIONS])
@given(sheet=contacts())
def test_no_words_of_a_prompt_stand_there_as_a_fact_or_as_agreed(
    version: str, sheet: Sheet
) -> None:
    text = without_what_was_coded(sheet, version)
    for prompt in GUIDE.prompts:
        for words in guidance_of(prompt):
            assert len(words) < 12 or words not in text, prompt.code


@given(sheet=contacts())
def test_each_line_that_is_agreed_has_its_code_its_tick_or_its_words(sheet: Sheet) -> None:
    text = text_of(a_call(sheet), "professional").partition(f"\n{ADVICE}\n")[0]
    part = re.search(r"\nAGREED: READ THIS BACK\n(.*?)(?:\n\n|\Z)", text, re.S)
    lines = re.sub(r"\n {2,}", " ", part[1]).splitlines() if part else []
    chosen = coded(sheet)
    ticked = {GENERIC.label("action", each.code) for each in sheet.actions}
    for line in lines:
        if number := re.match(r"\d+\. ", line):
            assert any(line[number.end() :].startswith(each) for each in ticked), line
        elif line.startswith("- STOP "):
            _, _, how = line.partition(": ")
            assert how == "NOT ANSWERED YET" or how.endswith("because Qqq") or all(
                each in ticked for each in how.partition(": ")[2].split("; ")
            ), line  # fmt: skip
        else:
            said = line.partition(": ")[2]
            assert "Qqq" in said or any(said.startswith(each) for each in chosen), line


@given(sheet=contacts())
def test_what_a_fired_prompt_advises_stands_under_its_own_heading_at_the_end(sheet: Sheet) -> None:
    call = a_call(sheet)
    advised = [
        f"[{each.code}] {words}"
        for each in call.guided.fired
        if getattr(sheet.prompts.get(each.code), "state", "") != DISMISSED
        for words in each.tells
    ]
    for version in ("professional", "safer"):
        _, heading, advice = flat(call, version).partition(ADVICE)
        assert bool(heading) == bool(advised)
        assert all(" ".join(each.split()) in advice for each in advised)
    for version in ("safe", "script", "promises"):
        assert ADVICE not in flat(call, version)


def test_what_was_ticked_and_taken_back_is_not_said_to_be_done() -> None:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    sheet = Sheet(
        opened_at=utc_text(at),
        many={"issues": ("forced-marriage",)},
        actions=(Action("told-101", at=AT),),
        prompts={"T4": Response("done", ("told-101",), at=AT)},
    )
    assert "STOP T4: done 09:00: Told to call police on 101" in flat(a_call(sheet), "professional")
    bare = flat(a_call(replace(sheet, actions=())), "professional")
    assert "STOP T4: NOT ANSWERED YET" in bare and "101" not in bare.partition(ADVICE)[0]
