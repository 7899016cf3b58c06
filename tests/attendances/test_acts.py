"""Reviews, shares and withdrawals: nothing by accident, nothing lost, every former version there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attendances.conftest import WORDS, Spoc, line
from samples import joined

from spoc.model.attendance.review import Review
from spoc.model.errors import BadInput
from spoc.storage.attendances import listing, reviewing, showing, telling, withdrawing
from spoc.storage.attendances.listing import WorklistFilter
from spoc.storage.desk import Desk, sign_in
from spoc.storage.persons import patterns, statements

EYES = line(
    "A2", dob="19/07/2026", complaint="fell from bed; not yet rolling", diagnosis="Head injury"
)


@pytest.fixture
def opened(folder: Path, bring: Spoc) -> Iterator[Desk]:
    bring(
        line("A1"),
        EYES,
        line("A3", dob="", diagnosis="", complaint=""),
        line("A4", disch="Left before being seen"),
    )
    desk = sign_in(folder, WORDS, "Ada Shah", window=False)
    yield desk
    desk.close()


def of(desk: Desk, number: str) -> bytes:
    (found,) = listing.by_number(desk.store, desk.actor, number)
    return found.id


def states(desk: Desk) -> dict[str, str]:
    return {
        each.number: each.disposition
        for each in listing.page(desk.store, desk.actor, WorklistFilter())
    }


def test_one_key_clears_a_clear_case_and_says_that_nothing_was_gone_through(opened: Desk) -> None:
    reviewing.clear(opened.store, opened.actor, of(opened, "A1")).result()
    (review,) = showing.get(opened.store, opened.actor, of(opened, "A1")).reviews
    assert (review.disposition, review.basis, review.one_key, review.items) == (
        "clear",
        "list",
        True,
        {},
    )


@pytest.mark.parametrize(("number", "why"), [("A2", "under 2"), ("A3", "age is unknown"), ("A4", "left unseen")])  # fmt: skip
def test_one_key_never_clears_what_needs_eyes(opened: Desk, number: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        reviewing.clear(opened.store, opened.actor, of(opened, number)).result()
    assert states(opened)[number] == ""


def test_a_review_answers_the_items_that_its_flags_touch(opened: Desk) -> None:
    shown = showing.get(opened.store, opened.actor, of(opened, "A2"))
    for lacking, word in (
        (Review("shared", "", {3: "raised"}), "what you have read"),
        (Review("shared", "record", {}), "flags ask for item 3"),
        (Review("", "record", {3: "raised"}), "how the review ends"),
        (Review("clear", "record", {3: "raised"}), "raised"),
        (Review("cannot-review", "list", {3: "nothing"}), "note"),
    ):
        with pytest.raises(BadInput, match=word):
            reviewing.dispose(opened.store, opened.actor, shown, lacking).result()
    whole = Review("clear", "record", {3: "nothing"}, "Story fits; seen by consultant.")
    reviewing.dispose(opened.store, opened.actor, shown, whole).result()
    (review,) = showing.get(opened.store, opened.actor, of(opened, "A2")).reviews
    assert (
        review.items == {3: "nothing"} and not review.one_key and "UNDER-1-INJURY" in review.flags
    )


def test_undo_puts_a_case_back_to_waiting_and_the_review_stays_to_be_seen(opened: Desk) -> None:
    record = of(opened, "A1")
    reviewing.clear(opened.store, opened.actor, record).result()
    reviewing.undo(opened.store, opened.actor, record).result()
    shown = showing.get(opened.store, opened.actor, record)
    assert shown.line.reviewed is None and [each.void for each in shown.reviews] == [True]
    with pytest.raises(BadInput, match="nothing to undo"):
        reviewing.undo(opened.store, opened.actor, record).result()


def colleague(desk: Desk, folder: Path) -> Desk:
    joined(desk, "Omar Diaz", "reviewer", "five other words for you")
    return sign_in(folder, "five other words for you", "Omar Diaz", window=False)


def test_two_reviewers_on_one_list_never_overwrite_each_other(opened: Desk, folder: Path) -> None:
    other = colleague(opened, folder)
    try:
        record = of(opened, "A2")
        assert reviewing.take(opened.store, opened.actor, record).result() is None
        assert reviewing.take(other.store, other.actor, record).result() == opened.actor.id
        mine = showing.get(opened.store, opened.actor, record)
        theirs = showing.get(other.store, other.actor, record)
        done = Review("clear", "record", {3: "nothing"})
        reviewing.dispose(opened.store, opened.actor, mine, done).result()
        with pytest.raises(BadInput, match="Ada Shah has reviewed"):
            reviewing.dispose(other.store, other.actor, theirs, done).result()
        with pytest.raises(BadInput, match="A colleague reviewed"):
            reviewing.undo(other.store, other.actor, record).result()
    finally:
        other.close()


@pytest.mark.parametrize(
    "said",
    [{"diagnosis": "Fracture"}, {"complaint": "fell"}, {"dob": "20/07/2018"}, {"departed": "19/11/2026 23:00"}, {"disch": "Left before being seen"}, {"sg": "Child is cause for safeguarding concern"}],
)  # fmt: skip
def test_what_a_later_list_changes_is_looked_at_again(opened: Desk, bring: Spoc, said: dict[str, str]) -> None:  # fmt: skip
    record = of(opened, "A1")
    reviewing.clear(opened.store, opened.actor, record).result()
    bring(line("A1", **said), name="corrected.csv")
    shown = showing.get(opened.store, opened.actor, record)
    assert shown.line.reviewed is None and shown.line.reopened
    assert [each.disposition for each in shown.reviews] == ["clear"]


def test_what_a_later_list_adds_beside_the_point_leaves_the_review(
    opened: Desk, bring: Spoc
) -> None:
    record = of(opened, "A1")
    reviewing.clear(opened.store, opened.actor, record).result()
    assert bring(line("A1", pc="TA1 1AB"))[1]["updated"] == 1
    assert showing.get(opened.store, opened.actor, record).line.reviewed is not None


def test_a_row_that_a_later_list_lacks_stays_and_says_so(opened: Desk, bring: Spoc) -> None:
    bring(
        line("A0", arrived="19/11/2026 01:00"),
        line("A9", arrived="19/11/2026 23:50"),
        name="later.csv",
    )
    shown = showing.get(opened.store, opened.actor, of(opened, "A1"))
    assert len(shown.missed) == 1 and shown.line.departed == "2026-11-19T22:00"
    assert not showing.get(opened.store, opened.actor, of(opened, "A9")).missed


def test_the_order_is_the_department_then_the_youngest_then_the_unknown(
    opened: Desk, bring: Spoc
) -> None:
    bring(
        line("A5", departed="", disch=""),
        line("A6", dob="19/07/1990", complaint="28/40 pregnant"),
        line("A7", disch="Admitted"),
    )
    found = [
        each.number
        for each in listing.page(opened.store, opened.actor, WorklistFilter(unreviewed=True))
    ]
    assert found == ["A5", "A7", "A2", "A3", "A4", "A1", "A6"] or found == [
        "A7",
        "A5",
        "A2",
        "A3",
        "A4",
        "A1",
        "A6",
    ]


def test_the_counts_say_what_was_screened_and_what_was_read(opened: Desk) -> None:
    reviewing.clear(opened.store, opened.actor, of(opened, "A1")).result()
    shown = showing.get(opened.store, opened.actor, of(opened, "A2"))
    reviewing.dispose(
        opened.store, opened.actor, shown, Review("shared", "record", {3: "raised"})
    ).result()
    counts = listing.counts(opened.store, opened.actor)
    assert (counts.attended, counts.screened, counts.record_read, counts.waiting) == (4, 1, 1, 2)
    assert counts.sites == {"ED-MPH": (2, 4)} and counts.cannot_tell == 1


def test_brothers_and_one_childs_two_visits_stand_together() -> None:
    def one(number: str, **said: Any) -> listing.WorklistRow:
        blank = dict.fromkeys(listing._NAMES[:-2], "")
        return listing.WorklistRow(**{**blank, "id": b"", "number": number, "rank": 0, "flags": (), "parent": False, "reviewed": None,
                               "one_key": False, "taken_by": None, **said})  # fmt: skip

    lines = [one("1", name="Udal, Tom", postcode="BA20 0ET"), one("2", nhs_number="9990000018"), one("3", name="Lane, Mo"),
             one("4", name="UDAL, Oliver", postcode="BA200ET"), one("5", nhs_number="9990000018")]  # fmt: skip
    assert [each.number for each in listing.families_together(lines)] == ["1", "4", "2", "5", "3"]


# -- withdrawing -----------------------------------------------------------------------------------


def everything(desk: Desk) -> Any:
    people = desk.store.reader.conn.execute(
        "SELECT name FROM person WHERE _void = 0 ORDER BY 1"
    ).fetchall()
    return (
        people,
        listing.counts(desk.store, desk.actor),
        [(each.number, each.diagnosis, each.flags, each.rank) for each in listing.page(desk.store, desk.actor, WorklistFilter())],
    )  # fmt: skip


def test_a_withdrawn_import_leaves_the_store_as_if_it_had_never_come(
    opened: Desk, bring: Spoc
) -> None:
    before = everything(opened)
    bring(
        line("A1", diagnosis="Fracture", sg="Child at risk"),
        line("B1", nhs="999 000 0026"),
        line("A2", family="Lane", given="Mo", hosp="9"),
        name="wrong.csv",
    )
    assert everything(opened) != before
    (last, _) = withdrawing.imports(opened.store, opened.actor)
    done = withdrawing.withdraw(opened.store, opened.actor, last.id, "of another week").result()
    assert (done.gone, done.restored, done.kept) == (1, 1, ())
    assert everything(opened) == before
    with pytest.raises(BadInput, match="already withdrawn"):
        withdrawing.withdraw(opened.store, opened.actor, last.id, "again").result()


def test_what_was_reviewed_is_kept_and_listed(opened: Desk) -> None:
    reviewing.clear(opened.store, opened.actor, of(opened, "A1")).result()
    (only,) = withdrawing.imports(opened.store, opened.actor)
    done = withdrawing.withdraw(opened.store, opened.actor, only.id, "the wrong day").result()
    assert (done.gone, done.kept) == (3, ("A1",))
    assert states(opened) == {"A1": "clear"}


def test_a_withdrawn_list_may_be_brought_in_again(opened: Desk, bring: Spoc) -> None:
    (only,) = withdrawing.imports(opened.store, opened.actor)
    withdrawing.withdraw(opened.store, opened.actor, only.id, "too early").result()
    assert states(opened) == {}
    assert bring(line("A1", diagnosis="", nhs="999 000 0018"))[1]["imported"] == 1
    known = opened.store.reader.conn.execute(
        "SELECT name FROM person WHERE _void = 0 AND nhs_number = '9990000018'"
    )
    assert known.fetchall() == [("FamilyA1, Ty",)]
    (found,) = listing.page(opened.store, opened.actor, WorklistFilter())
    assert (found.number, found.diagnosis) == ("A1", "")


# -- the command line ------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_each_of_its_options(opened: Desk, bring: Spoc, spoc: Spoc) -> None:
    bring(line("Y1", arrived="18/11/2026 10:00"), site="ED-YDH")
    reviewing.clear(opened.store, opened.actor, of(opened, "A1")).result()

    def numbers(*options: str) -> set[str]:
        code, found, _ = spoc("attendance", "list", *options, "--format", "json")
        assert code == 0
        return {each["number"] for each in found}

    assert numbers() == {"A1", "A2", "A3", "A4", "Y1"}
    assert numbers("--unreviewed") == {"A2", "A3", "A4", "Y1"}
    assert numbers("--site", "ED-YDH") == {"Y1"}
    assert numbers("--since", "2026-11-19") == {"A1", "A2", "A3", "A4"}
    assert numbers("--flag", "LEFT-EARLY") == {"A4"}


def test_an_attendance_is_shown_by_id_and_by_number_as_it_was_sent(
    opened: Desk, spoc: Spoc
) -> None:
    code, said, _ = spoc("attendance", "show", "A2", "--format", "json")
    assert code == 0 and said["sent"]["Presenting complaint"] == "fell from bed; not yet rolling"
    assert any("fell from bed" in each["why"] for each in said["why"])
    assert spoc("attendance", "show", said["id"], "--format", "json")[1] == said
    assert "fell from bed" in spoc("attendance", "show", "A2")[1]
    assert spoc("attendance", "show", "nobody")[0] == 3


def test_the_table_says_in_words_why_and_where_an_attendance_stands(
    opened: Desk, spoc: Spoc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    reviewing.clear(opened.store, opened.actor, of(opened, "A1")).result()
    heads, *lines = spoc("attendance", "list")[1].splitlines()
    assert heads.split() == ["Id", "Arrived", "Site", "Name", "Came", "with", "Why", "Stands"]
    flags = {
        code
        for each in listing.page(opened.store, opened.actor, WorklistFilter())
        for code in each.flags
    }
    assert flags and not any(code in line for line in lines for code in flags)
    assert any(
        opened.store.pack.book.by_code[code].title in line for line in lines for code in flags
    )


def test_a_spreadsheet_gets_no_formula(bring: Spoc, spoc: Spoc) -> None:
    bring(line("A1", complaint="=HYPERLINK(1)"))
    out = spoc("attendance", "list", "--format", "csv")[1]
    assert "'=HYPERLINK(1)" in out and ",=HYPERLINK" not in out


# -- patterns --------------------------------------------------------------------------------------


def visit(number: str, day: str, **said: str) -> str:
    return line(number, nhs="999 000 0018", hosp="H1", family="Brook", arrived=f"{day} 10:00", departed=f"{day} 12:00", **said)  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "reached"),
    [
        ("20/05/2026", "19/11/2026", True),
        ("19/05/2026", "19/11/2026", True),  # inclusive of the index attendance
        ("18/05/2026", "19/11/2026", False),
        ("31/08/2025", "28/02/2026", True),  # the month has no 31st
        ("29/02/2024", "29/08/2024", True),
        ("28/02/2024", "29/08/2024", False),
    ],
)
def test_six_months_are_calendar_months(opened: Desk, bring: Spoc, first: str, last: str, reached: bool) -> None:  # fmt: skip
    patterns.adopt(opened.store, opened.actor, "FA-STOKE").result()
    _, month, year = last.split("/")
    rows = [visit("P1", first), visit("P2", f"01/{month}/{year}"), visit("P3", f"02/{month}/{year}"), visit("P4", last)]  # fmt: skip
    bring(*rows, site="ED-YDH")
    shown = showing.get(opened.store, opened.actor, of(opened, "P4"))
    assert any(each.code == "REPEAT" for each in shown.flags) is reached


def test_no_rule_set_counts_before_it_is_adopted(opened: Desk, bring: Spoc) -> None:
    bring(*(visit(f"P{n}", f"0{n}/11/2026") for n in range(1, 6)), site="ED-YDH")
    shown = showing.get(opened.store, opened.actor, of(opened, "P5"))
    assert not any("REPEAT" in each.code for each in shown.flags)


def test_a_hit_names_its_days_its_rule_and_the_days_without_a_list(
    opened: Desk, bring: Spoc
) -> None:
    patterns.adopt(opened.store, opened.actor, "FA-STOKE").result()
    bring(*(visit(f"P{n}", f"{n:02}/11/2026") for n in (2, 4, 6, 8)), site="ED-YDH")
    shown = showing.get(opened.store, opened.actor, of(opened, "P8"))
    (why,) = (each.why for each in shown.flags if each.code == "REPEAT")
    for words in (
        "FA-STOKE",
        "2 Nov 2026, 4 Nov 2026",
        "adopted",
        "There is no list for ED-YDH for 3 Nov 2026",
    ):
        assert words in why, (words, why)
    third = showing.get(opened.store, opened.actor, of(opened, "P6"))
    (near,) = (each.why for each in third.flags if each.code == "NEAR-REPEAT")
    assert "one more by" in near


def test_a_child_sent_on_to_the_other_department_counts_once(opened: Desk, bring: Spoc) -> None:
    patterns.adopt(opened.store, opened.actor, "FA-STOKE").result()
    bring(*(visit(f"P{n}", f"{n:02}/11/2026") for n in (2, 4)), site="ED-YDH")
    bring(visit("Q1", "08/11/2026"), site="ED-YDH")
    sent_on = visit("Q2", "08/11/2026").replace("10:00", "16:00")
    bring(sent_on, site="ED-MPH")
    shown = showing.get(opened.store, opened.actor, of(opened, "Q2"))
    assert not any(each.code == "REPEAT" for each in shown.flags)
    (near,) = (each.why for each in shown.flags if each.code == "NEAR-REPEAT")
    assert "one journey" in near or "8 Nov" in near


def test_what_a_review_agrees_stands_in_what_is_due_until_it_is_done(
    opened: Desk, spoc: Spoc
) -> None:
    record = of(opened, "A2")
    said = {"code": "cb", "who": "Omar Diaz", "due": "1wd"}
    for lacking in ("who", "due"):
        with pytest.raises(BadInput, match="who does it and by when"):
            reviewing.agree(opened.store, opened.actor, record, said | {lacking: " "})
    code = opened.store.pack.lists["action"][0].code
    reviewing.agree(opened.store, opened.actor, record, said | {"code": code}).result()
    (listed,) = spoc("followup", "list", "--format", "json")[1]
    assert (listed["who"], listed["attendance"], listed["contact"]) == (
        "Omar Diaz",
        record.hex(),
        None,
    )
    assert listed["children"] == ["FamilyA2, Ty"] and listed["due_at"]
    assert spoc("followup", "done", listed["id"])[0] == 0
    (agreed,) = showing.get(opened.store, opened.actor, record).agreed
    assert agreed.ended == "kept"
    assert spoc("followup", "list", "--format", "json")[1] == []


def test_what_was_not_reviewed_in_time_is_listed_with_its_reason(
    opened: Desk, bring: Spoc, spoc: Spoc
) -> None:
    old = {"arrived": "02/11/2026 10:00", "departed": "02/11/2026 11:00"}
    bring(line("L1", **old), line("L2", **old), line("L3", **old | {"arrived": "03/11/2026 10:00"}))
    late = [f"L{n}" for n in (1, 2, 3)]
    listed = spoc("attendance", "list", "--late", "--format", "json")[1]
    assert set(late) <= {each["number"] for each in listed}
    record = of(opened, "L1")
    with pytest.raises(BadInput, match="Say why"):
        reviewing.say_why_late(opened.store, opened.actor, record, " ")
    assert reviewing.say_why_late(opened.store, opened.actor, record, "no reviewer").result() == 2
    reviewing.clear(opened.store, opened.actor, record).result()  # reviewed, and late all the same
    listed = spoc("attendance", "list", "--late", "--format", "json")[1]
    why = {each["number"]: each["late_why"] for each in listed if each["number"] in late}
    assert why == {"L1": "no reviewer", "L2": "no reviewer", "L3": ""}


def test_a_letter_to_the_family_of_a_child_who_died_asks_first_and_what_goes_to_others_says_so(
    opened: Desk, bring: Spoc
) -> None:
    bring(line("D1", nhs="9990000018", gp="V81997"), name="d.csv")
    shown = showing.get(opened.store, opened.actor, of(opened, "D1"))
    (letter,) = telling.letters(opened.store, opened.actor, shown)
    assert letter.text and not letter.asks
    assert shown.person is not None
    statements.died(opened.store, opened.actor, shown.person, "2026-11-20", "GP").result()
    (letter,) = telling.letters(opened.store, opened.actor, shown)
    assert "DIED 20 Nov 2026" in letter.asks
    with pytest.raises(BadInput, match="why it is written anyway"):
        telling.write_letter(opened.store, opened.actor, shown, letter)
    telling.write_letter(opened.store, opened.actor, shown, letter, "Parents asked").result()
    assert "THE CHILD HAS DIED 20 Nov 2026" in telling.text(
        opened.store, opened.actor, "hv", [shown]
    )
