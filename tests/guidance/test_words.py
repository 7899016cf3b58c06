"""The words that people type for a worry lead to the right code, and none of them takes a wrong one."""

from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import GENERIC

from spoc.guidance.pack import load
from spoc.model.forms.sheet import Person, Sheet
from spoc.model.hearing.code_match import Meant, meant, ways
from spoc.model.rules.codes import CAREFUL
from spoc.model.rules.guiding.guiding import guided, margin, suggested

ON = date(2026, 11, 26)
HERE = Path(__file__).parent
FIRST = 3  # codes that are looked at


def words_of(file: str) -> list[tuple[str, list[str]]]:
    """What is typed, and the codes that are right, each with its list."""
    rows = []
    for line in (HERE / file).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            parts = [each.strip() for each in line.split("|")]
            rows.append((parts[0], parts[-1].split()))
    return rows


SAID, REVIEWED = words_of("words_said.txt"), words_of("words_reviewed.txt")
MORE, FRESH = words_of("words_more.txt"), words_of("words_fresh.txt")
SHORT = words_of("words_short.txt")
PLAIN = [words_of(f"words_plain_{number}.txt") for number in range(1, 12)]  # each written cold
CLINICAL = """croup; asthma; bronchiolitis; appendicitis; svt; epilepsy; febrile convulsion; tonsillitis; otitis;
    gastroenteritis; dehydration; jaundice; cellulitis; eczema; meningitis; sepsis; pneumonia; dka; diabetes;
    anaphylaxis; urticaria; hernia; torsion; uti; intussusception; constipation; reflux; migraine; headache;
    wheeze; viral; measles; chickenpox; scoliosis; bronchoscopy; leukaemia; cystic fibrosis; tachycardia;
    cannula; iron deficiency; dna cpr; dna sample; insect bite; paracetamol given; arthritis; fever"""


def of(name: str, typed: str, pack_id: str = "generic") -> Meant:
    pack = GENERIC if pack_id == GENERIC.id else load(pack_id)
    return meant(typed, pack.codes(name, ON), ways(pack, name))


def noting(notes: str, *issues: str) -> Sheet:
    """A call of which only the notes are written, and the issues named."""
    many = {"issues": issues} if issues else {}
    return Sheet(opened_at="2026-11-26T09:00:00.000Z", notes=notes, many=many)


def is_right(typed: str, codes: list[str]) -> bool:
    if codes == ["-"]:
        return not of("issue", typed).offered
    for each in codes:
        name, _, code = each.rpartition("=")
        if code in [one.code for one in of(name or "issue", typed).offered[:FIRST]]:
            return True
    return False


@pytest.mark.parametrize(
    ("rows", "least"),
    [
        (SAID, 100),
        (REVIEWED, 60),
        (MORE, 200),
        (FRESH, 350),
        *((each, 100) for each in PLAIN),
        pytest.param(SHORT, 1400, marks=pytest.mark.long),
    ],
    ids=[
        "said",
        "reviewed",
        "more",
        "fresh",
        *(f"plain-{number}" for number in range(1, 12)),
        "short",
    ],
)
def test_nine_words_in_ten_offer_the_right_code_among_the_first_three(
    rows: list[tuple[str, list[str]]], least: int
) -> None:
    wrong = [typed for typed, codes in rows if not is_right(typed, codes)]
    assert len(rows) >= least and len(wrong) <= len(rows) // 10, wrong


@pytest.mark.parametrize(
    "rows",
    [
        (*SAID, *REVIEWED, *MORE, *FRESH, *chain(*PLAIN)),
        pytest.param(SHORT, marks=pytest.mark.long),
    ],
    ids=["others", "short"],
)
def test_no_word_takes_a_wrong_code_outright(rows: list[tuple[str, list[str]]]) -> None:
    for typed, codes in rows:
        right = [each.rpartition("=") for each in codes]
        for name in {name or "issue" for name, _, _ in right}:
            found = of(name, typed).taken
            assert found is None or found.code in [code for _, _, code in right], (
                typed,
                found.code,
            )


@pytest.mark.parametrize("typed", [each.strip() for each in CLINICAL.split(";")])
def test_a_clinical_word_means_no_concern(typed: str) -> None:
    assert not of("issue", typed).taken
    assert [each.code for each in of("issue", typed).offered] == []
    assert suggested(noting(f"Seen: {typed}."), GENERIC, ON) == []


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [pytest.param("issue", marks=pytest.mark.long), *CAREFUL[1:], "service", "role", "place"],
)
def test_a_word_that_people_say_shows_its_code_and_is_taken_only_where_it_fits_alone(
    name: str,
) -> None:
    codes = GENERIC.codes(name, ON)
    assert sum(bool(each.also) for each in codes) > len(codes) / 2
    for code in codes:
        for phrase in code.also:
            typed = " ".join(
                GENERIC.kinds[word[1:]][0] if word.startswith("@") else word.replace("*", "")
                for word in phrase.split()
            )
            found = of(name, typed)
            assert code in found.offered, (code.code, phrase)
            if name in CAREFUL and len(found.offered) > 1 and found.taken:
                taken = found.taken
                assert typed in (
                    taken.code.replace("-", " "),
                    taken.in_brief.casefold(),
                    *taken.short,
                )


@pytest.mark.parametrize(
    ("notes", "codes"),
    [
        ("Bruise on the left cheek", {"bruise-nonmobile", "unexplained-injury"}),
        ("Bruises; mum drunk on arrival", {"bruise-nonmobile", "unexplained-injury", "parental-substances"}),
        ("DNA twice this year", {"was-not-brought"}),
        ("DNA CPR in place; DNA sample sent", set()),
        ("dog bite to the hand", {"neglect-supervision"}),
        ("He hit his head on the cot", {"head-injury-under-1"}),
        ("Seen in ED, LD nurse told, SI unit", set()),
        ("Fell asleep on the sofa with the baby", {"unsafe-sleep"}),
        ("A nurse hit him", {"staff-allegation"}),
        ("Mum is drunk and was hit by her partner", {"parental-substances", "domestic-abuse"}),
        ("Croup, no drooling. Fracture at football.", set()),
    ],
)  # fmt: skip
def test_the_same_words_in_notes_suggest_the_same_codes(notes: str, codes: set[str]) -> None:
    sheet = noting(notes)
    assert {each.code for each in suggested(sheet, GENERIC, ON)} == codes


@pytest.mark.parametrize(
    "notes",
    [
        "No bruising seen.",
        "Denies drugs and alcohol",
        "Mum denies self-harm or suicidal thoughts.",
        "No concerns about neglect",
        "No bruising, burns or bites.",
        "No evidence of neglect, or of physical abuse",
        "Self-harm denied.",
        "FGM has been ruled out",
        "Bruising: none",
        "He wasn't hit. He has never been hit.",
        "Doesn’t drink alcohol",
    ],
)
def test_what_is_denied_is_not_suggested(notes: str) -> None:
    assert suggested(noting(notes), GENERIC, ON) == []


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        ("No bruising, mum drunk", "parental-substances"),
        ("Mum denies hitting him but dad drinks", "parental-substances"),
        ("No explanation for the bruise", "bruise-nonmobile"),
        ("Not sure whether he was hit", "physical-abuse"),
        ("No gp mum drunk", "parental-substances"),
        ("No food in the house and no heating", "neglect-daily"),
        ("No one saw him fall", "head-injury-under-1"),
        ("She won't stop hitting him", "physical-abuse"),
        ("No known neglect\nBruise on the back", "bruise-nonmobile"),
        ("No bruise yesterday. Bruise today.", "bruise-nonmobile"),
        ("Left without supervision", "neglect-supervision"),
    ],
)
def test_what_only_looks_like_a_denial_is_heard(notes: str, code: str) -> None:
    sheet = noting(notes)
    assert code in [each.code for each in suggested(sheet, GENERIC, ON)]


def test_what_is_only_for_a_baby_is_not_suggested_for_an_older_child() -> None:
    for born, codes in (
        ("2026-08-20", {"bruise-nonmobile", "head-injury-under-1"}),
        ("2025-03-20", {"bruise-nonmobile"}),
        ("2011-09-20", set()),
        ("", {"bruise-nonmobile", "head-injury-under-1"}),
    ):
        sheet = replace(noting("Seen to fall"), children=(Person("Ty Brook", "child", dob=born),))
        found = {each.code for each in suggested(sheet, GENERIC, ON)}
        assert found & {"bruise-nonmobile", "head-injury-under-1"} == codes, born


def test_calls_without_a_concern_suggest_none() -> None:
    for notes in (HERE / "notes_of_no_concern.txt").read_text("utf-8").splitlines():
        assert suggested(noting(notes), GENERIC, ON) == [], notes


def test_of_a_longer_text_some_words_are_enough_to_show_a_code_and_never_to_take_one() -> None:
    for typed, code in (
        ("prescriptions never get picked", "neglect-medical"),
        ("baby with a fractured leg bone", "fracture-under-2"),
    ):
        found = of("issue", typed)
        assert code in [each.code for each in found.offered[:FIRST]] and not found.taken, typed
    assert not of("issue", "iron deficiency anaemia").offered


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("LD parents", "parental-learning-disability"),  # in another order
        ("black eye mum", "domestic-abuse"),
        ("mild ld mum", "parental-learning-disability"),
        ("going on holiday for cutting", "fgm"),  # with others between
        ("dogbite face", "neglect-supervision"),  # run together
        ("kids not registerd", "hidden-child"),  # misspelt
        ("baby not gaining weigt", "neglect-daily"),  # what is said to be missing is the worry
        ("prev child removed", "looked-after-child"),  # short for another
        ("childrens clothes mucky", "neglect-daily"),
        ("si with plan", "self-harm"),  # an abbreviation with several meanings
    ],
)
def test_words_however_they_are_typed_show_their_code_and_never_take_one(
    typed: str, code: str
) -> None:
    found = of("issue", typed)
    assert code in [each.code for each in found.offered[:FIRST]] and not found.taken


@pytest.mark.parametrize(
    "typed",
    [
        "ketamine use", "taking drugs", "off her face", "smells of alcohol", "heroin", "cocaine", "injecting", "drinks every day",
        "smokes cannabis", "alcoholic", "bottle of vodka", "in rehab", "snorting", "always drunk", "lager",
    ],
)  # fmt: skip
def test_a_drug_or_a_drink_may_be_the_childs_or_the_parents_so_no_code_is_taken(typed: str) -> None:
    found = of("issue", typed)
    assert {e.code for e in found.offered} & {"child-substances", "parental-substances"}
    assert not found.taken


@pytest.mark.parametrize("who", ["boyfriend", "girlfriend", "bf", "gf", "ex"])
@pytest.mark.parametrize("did", ["hit by {}", "{} jealous", "{} threatened", "scared of {}"])
def test_a_partner_may_be_a_young_persons_so_both_codes_are_shown(who: str, did: str) -> None:
    found = of("issue", did.format(who))
    assert {"domestic-abuse", "teenage-relationship-abuse"} <= {e.code for e in found.offered}
    assert not found.taken


def test_of_a_bruise_nobody_has_said_whose_it_is() -> None:
    for typed in ("bruise", "bruising", "bruises", "bruised"):
        found = of("issue", typed)
        assert [e.code for e in found.offered[:2]] == ["unexplained-injury", "bruise-nonmobile"]
        assert not found.taken


@pytest.mark.parametrize("name", ["issue", "action", "outcome", "service", "role", "place"])
def test_a_short_label_takes_its_code(name: str) -> None:
    for code in GENERIC.codes(name, ON):
        found = of(name, code.in_brief).taken
        assert found == code, (code.in_brief, found and found.code)


def test_the_beginning_of_one_label_takes_it_though_other_codes_have_a_part_of_it() -> None:
    found = of("outcome", "awaiting update").taken
    assert found and found.code == "awaiting-caller"
    assert not of("outcome", "awaiting").taken


def test_the_beginning_of_a_short_label_takes_it_where_it_fits_alone() -> None:
    found = of("issue", "poor sup").taken
    assert found and found.code == "neglect-supervision"
    assert not of("issue", "poor").taken


@pytest.mark.parametrize("typed", ["no bruising", "denies self harm", "no neglect", "never hit"])
def test_what_is_denied_takes_no_issue_however_near_it_is_spelt(typed: str) -> None:
    found = of("issue", typed)
    assert not found.taken and not found.near, typed


def test_a_prompt_is_not_suggested_by_what_was_denied() -> None:
    def noted(notes: str) -> dict[str, str]:
        sheet = noting(notes)
        return dict(margin(sheet, GENERIC, guided(sheet, GENERIC.guide, ON), ON))

    assert "T2" in noted("A bruise on the shin") and "T2" not in noted("No bruise on the shin")
    assert "Bruise, not mobile" in noted("A bruise on the shin")["said"]


def test_what_is_coded_already_is_not_suggested_again() -> None:
    sheet = noting("A scald.", "burn")
    assert suggested(sheet, GENERIC, ON) == []


PHRASES = st.sampled_from([each for code in GENERIC.codes("issue", ON) for each in code.also])


@given(st.lists(PHRASES, min_size=1, max_size=6))
def test_a_suggestion_fires_no_prompt(phrases: list[str]) -> None:
    written = ". ".join(each.replace("*", "").replace("@", "") for each in phrases)
    bare = noting("x")
    told = noting(written)
    fired = guided(told, GENERIC.guide, ON).fired
    assert fired == guided(bare, GENERIC.guide, ON).fired


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_heard(text: str) -> None:
    by = ways(GENERIC, "issue")
    for each in by.hearing.heard(text):
        assert 0 <= each.start < each.end <= len(text.casefold())
    by.hearing.denied(text)
    meant(text, GENERIC.codes("issue", ON), by)
