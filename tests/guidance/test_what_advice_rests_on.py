"""Advice rests on what was coded or answered, on any sheet."""

from datetime import date

from guidance.guided import BORN, GUIDE, ON, seen
from hypothesis import given
from hypothesis import strategies as st
from samples import GENERIC

from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.rules.guiding.guide import ASK, LETTERS, STOP, TELL
from spoc.model.rules.guiding.guiding import AT_ONCE, margin
from spoc.model.values.dates import whole_months

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
    "Leaving with the child against advice": {"removing yes", "issues removal-against-advice"},
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
    given = {f"{key} {code}" for key, codes in now.facts.values.items() for code in codes}
    for prompt in now.fired:
        assert prompt.says and prompt.tells and len(prompt.done) <= 9
        for line in prompt.tells:
            for words, codes in RESTS_ON.items():
                assert words not in line or codes & given, (prompt.code, line)


def test_the_birthdays_are_of_those_ages() -> None:
    for months, day in BORN.items():
        assert whole_months(date.fromisoformat(day), ON) == months
