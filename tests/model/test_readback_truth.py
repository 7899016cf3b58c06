"""The read-back says nothing that nobody coded, answered, typed or ticked; what spoc advises stands apart."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model.readbacks import NOW, a_call, flat
from samples import GENERIC

from spoc.model.documents.readback.readback import VERSIONS, text_of
from spoc.model.documents.readback.readback_record import ADVICE
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import NO_NAMES, UNBORN, Action, Answer, Person, Response, Sheet
from spoc.model.rules.guiding.guide import Prompt, Question
from spoc.model.rules.guiding.guiding import DISMISSED
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


ASKED = "a question, as it is asked"


class Marked:
    """The generic pack with a mark in the place of each of its words, so that any of them is known wherever it stands,
    wrapped, cut or in small letters, with what it is of: ``action told-999``, ``question leaving``, ``prompt T2``."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        guide = GENERIC.guide
        self.pack = replace(
            GENERIC,
            lists={
                name: tuple(
                    replace(each, label=self._mark(f"{name} {each.code}")) for each in codes
                )
                for name, codes in GENERIC.lists.items()
            },
            guide=replace(
                guide,
                questions=tuple(self._question(each) for each in guide.questions),
                prompts=tuple(self._prompt(each) for each in guide.prompts),
            ),
        )

    def _mark(self, of: str) -> str:
        mark = f"Zq{len(self.of)}z"
        self.of[mark.lower()] = of
        return mark

    def _question(self, each: Question) -> Question:
        of = f"question {each.code}"
        return replace(each, label=self._mark(of), asks=self._mark(ASKED))

    def _prompt(self, each: Prompt) -> Prompt:
        def marked(lines: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(self._mark(f"prompt {each.code}") for _ in lines)

        occasions = tuple(
            replace(one, says=marked(one.says), do=marked(one.do), tells=marked(one.tells))
            for one in each.occasions
        )
        return replace(
            each,
            title=self._mark(f"prompt {each.code}"),
            says=marked(each.says),
            do=marked(each.do),
            tells=marked(each.tells),
            occasions=occasions,
        )

    def stand_in(self, text: str) -> list[str]:
        """What the marks of a text are of, in its order."""
        return [self.of[mark] for mark in re.findall(r"zq\d+z", text.lower())]


MARKED = Marked()


def given_by(sheet: Sheet) -> set[str]:
    """Everything that somebody coded, answered or ticked, as marks are named."""
    chosen = {f"issue {each}" for each in sheet.many["issues"]}
    chosen |= {f"action {each.code}" for each in sheet.actions} | {f"outcome {sheet.outcome}"}
    coded = {each.key: each.codes for each in CODED if sheet.values.get(each.key)}
    chosen |= {f"{name} {sheet.values[key]}" for key, name in coded.items()}
    chosen.add(
        ASKED
    )  # the script to social care asks for what is missing: a question states nothing
    return chosen | {f"question {each}" for each in (*sheet.answers, *coded)}


@pytest.mark.long
@pytest.mark.parametrize("version", [*VERSIONS])
@given(sheet=contacts())
def test_every_word_of_the_pack_that_is_stated_was_coded_answered_or_ticked(
    version: str, sheet: Sheet
) -> None:
    text = text_of(a_call(sheet, MARKED.pack), version)
    stated, _, advice = text.partition(f"\n{ADVICE}\n")
    given = given_by(sheet)
    assert [each for each in MARKED.stand_in(stated) if each not in given] == []
    fired = {f"prompt {each.code}" for each in a_call(sheet, MARKED.pack).guided.fired}
    assert set(MARKED.stand_in(advice)) <= fired


@given(sheet=contacts())
def test_what_is_agreed_is_each_action_once_and_no_other(sheet: Sheet) -> None:
    text = text_of(a_call(sheet, MARKED.pack), "professional")
    part = re.search(r"\nAGREED: READ THIS BACK\n(.*?)(?:\n\n|\Z)", text, re.S)
    numbered = re.findall(r"^\d+\. (\w+)", part[1] if part else "", re.M)
    assert MARKED.stand_in(" ".join(numbered)) == [f"action {each.code}" for each in sheet.actions]


def coded(sheet: Sheet) -> set[str]:
    """The words of every code that somebody chose."""
    chosen = {("issue", each) for each in sheet.many["issues"]}
    chosen |= {("action", each.code) for each in sheet.actions} | {("outcome", sheet.outcome)}
    chosen |= {(each.codes, sheet.values.get(each.key, "")) for each in CODED}
    return {GENERIC.label(*each) for each in chosen if each[1]}


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
