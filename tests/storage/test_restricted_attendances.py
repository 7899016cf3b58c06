"""A restricted attendance is sealed, with its review, shares, follow-ups and the child whom it alone names."""

import json
import random
from pathlib import Path

import pytest
from samples import ADVISOR, Clock, a_colleague, raw, set_up
from screens.worklists import HEAD, ROWS, bring

from spoc.intake.reading import of_bytes
from spoc.model.attendance.review import Review
from spoc.model.errors import NotAllowed
from spoc.model.ledger.entry import Actor, Command
from spoc.storage.attendances import importing, listing, reviewing, showing, telling, withdrawing
from spoc.storage.attendances.importing import Listed
from spoc.storage.attendances.listing import WorklistFilter, WorklistRow
from spoc.storage.counts import behind
from spoc.storage.followups import calendar, followups, queue
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.persons import persons, timeline
from spoc.storage.service import settings
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify

NOTE = "Zebra crossing, and nobody saw it."
TABLES = (
    "attendance",
    "review",
    "share",
    "letter",
    "attendance_action",
    "set_aside",
    "person",
    "fact",
)


@pytest.fixture
def omar(store: Store) -> Actor:
    return a_colleague(store, "Omar Diaz", "reviewer")[0]


def of(store: Store, number: str, actor: Actor = ADVISOR) -> WorklistRow:
    (line,) = listing.by_number(store, actor, number)
    return line


def review(store: Store, record: bytes, disposition: str = "shared") -> None:
    held = showing.get(store, ADVISOR, record)
    items = dict.fromkeys(range(1, 9), "nothing")
    made = Review(disposition, "record", items, note=NOTE)
    reviewing.dispose(store, ADVISOR, held, made).result()


def restricted_one(store: Store) -> bytes:
    """The attendance of Mo Lane: reviewed, shared, with an action agreed, then restricted."""
    bring(store, *ROWS)
    record = of(store, "A2").id
    review(store, record)
    said = {"code": "call-back", "who": "Zara Zebra", "due": "2h"}
    reviewing.agree(store, ADVISOR, record, said).result()
    telling.copied(store, ADVISOR, "hv", [record]).result()
    reviewing.restrict(store, ADVISOR, record, ()).result()
    return record


def in_tables(store: Store) -> str:
    """All that the tables hold which screens read."""
    db = raw(store)
    return repr([db.conn.execute(f"SELECT * FROM {tbl}").fetchall() for tbl in TABLES])


def test_nothing_of_it_stands_in_a_table_and_the_counts_are_what_they_were(
    store: Store, omar: Actor
) -> None:
    bring(store, *ROWS)
    record = of(store, "A2").id
    review(store, record)
    before = listing.counts(store, omar)
    reviewing.restrict(store, ADVISOR, record, ()).result()
    held = in_tables(store)
    for word in ("Lane", "Mo", "9990000026", "fell from bed", "Zebra", "TA1 1AB", "Head injury"):
        assert word not in held, word
    assert listing.counts(store, omar) == before == listing.counts(store, ADVISOR)
    assert verify(store).findings == ()


def test_it_opens_to_those_it_was_sealed_to_and_to_nobody_else(store: Store, omar: Actor) -> None:
    record = restricted_one(store)
    shown = showing.get(store, ADVISOR, record)
    assert (shown.line.name, shown.fields["complaint"]) == (
        "Lane, Mo",
        "fell from bed; not yet rolling",
    )
    assert [(each.note, each.by) for each in shown.reviews] == [(NOTE, "Ada Advisor")]
    assert [(each.to_whom, each.by) for each in shown.shares] == [("hv", "Ada Advisor")]
    assert [each.who for each in shown.agreed] == ["Zara Zebra"] and shown.flags
    (line,) = [each for each in listing.page(store, omar, WorklistFilter()) if each.id == record]
    assert line.closed and (line.name, line.number, line.complaint, line.flags) == ("", "", "", ())
    with pytest.raises(NotAllowed):
        showing.get(store, omar, record)
    for act in (
        lambda: telling.copied(store, omar, "gp", [record]),
        lambda: reviewing.undo(store, omar, record),
        lambda: reviewing.agree(
            store, omar, record, {"code": "call-back", "who": "x", "due": "2h"}
        ),
    ):
        with pytest.raises(NotAllowed):
            act().result()
    assert "Lane" not in repr(behind.lines(store, omar, [record]))
    assert persons.suggest(store, omar, "lane", ("child",)) == []
    assert followups.open_ones(store, omar) == [] and queue.count(store, omar).today == 0
    assert [each.restricted for each in followups.open_ones(store, ADVISOR)] == [True]


def test_who_has_it_finds_it_by_its_flag_and_number_and_nobody_else_does(
    store: Store, omar: Actor
) -> None:
    record = restricted_one(store)
    flags = showing.get(store, ADVISOR, record).line.flags
    assert flags
    for flag in flags:
        wanted = WorklistFilter(flag=flag)
        assert record in [each.id for each in listing.page(store, ADVISOR, wanted)]
        assert record not in [each.id for each in listing.page(store, omar, wanted)]
    assert [each.id for each in listing.by_number(store, ADVISOR, "A2")] == [record]
    assert listing.by_number(store, omar, "A2") == []


def test_whoever_has_it_works_on_and_what_they_write_is_sealed(store: Store, clock: Clock) -> None:
    record = restricted_one(store)
    (last,) = raw(store).conn.execute("SELECT max(rowid) FROM entry").fetchone()
    clock.step(hours=1)
    reviewing.take(store, ADVISOR, record).result()
    reviewing.undo(store, ADVISOR, record).result()
    assert of_id(store, record).reviewed is None
    review(store, record, "second-reviewer")
    (share,) = showing.get(store, ADVISOR, record).shares
    telling.sent(store, ADVISOR, share.id, "zebra@nhs.net").result()
    (due,) = followups.open_ones(store, ADVISOR)
    followups.end(store, ADVISOR, due, "not-done", "Zara was away").result()
    shown = showing.get(store, ADVISOR, record)
    assert shown.line.disposition == "second-reviewer" and shown.shares[0].sent_at
    assert [each.ended for each in shown.agreed] == ["not-done"]
    rows = raw(store).conn.execute(
        "SELECT body FROM entry JOIN payload USING(entry_id) WHERE entry.rowid > ?", (last,)
    )
    said = [json.loads(body) for (body,) in rows.fetchall()]
    clear = [each for each in said if "sealed" not in each]
    assert "ebra" not in repr(clear) and "Zara" not in repr(clear)
    assert verify(store).findings == ()


def of_id(store: Store, record: bytes) -> WorklistRow:
    (line,) = listing.by_id(store, ADVISOR, [record])
    return line


def test_a_list_that_has_it_again_changes_it_for_whoever_has_it_and_says_so_to_others(
    store: Store, omar: Actor
) -> None:
    record = restricted_one(store)
    held = in_tables(store)
    assert bring(store, *ROWS).summary.as_json()["duplicate"] == 5
    assert in_tables(store) == held
    fixed = ROWS[1].replace("Head injury", "Skull fracture")
    bring(store, fixed)
    assert showing.get(store, ADVISOR, record).fields["diagnosis"] == "Skull fracture"
    assert "Skull" not in in_tables(store)
    run = by_omar(store, omar, *ROWS)
    (left,) = run.summary.as_json()["rejected"]
    assert (left["line"], left["reason"]) == (3, importing.RESTRICTED)
    assert showing.get(store, ADVISOR, record).fields["diagnosis"] == "Skull fracture"
    (intake,) = [each.id for each in withdrawing.imports(store, ADVISOR)][-1:]
    assert withdrawing.withdraw(store, ADVISOR, intake, "wrong day").result().kept == ("a restricted one",)  # fmt: skip
    assert showing.get(store, ADVISOR, record).line.name == "Lane, Mo"


def by_omar(store: Store, omar: Actor, *rows: str) -> importing.Import:
    read = of_bytes("\n".join([HEAD, *rows]).encode(), "list.csv", listing.local_now(store))
    return importing.bring_in(store, omar, [Listed("list.csv", read.rows)], "ED-MPH")


def test_every_desk_shows_the_same_of_it_in_whatever_order_it_comes(
    store: Store, omar: Actor, tmp_path: Path, clock: Clock
) -> None:
    """Pieces and order do not count, and what comes in clear on it afterwards does not either."""
    record = restricted_one(store)
    late = Command("attendance", record, {"name": "Loud, Lou", "complaint": "in clear"})
    store.act(omar, [late]).result()
    written = list(carry(store.reader, bytes.fromhex(local(store.reader, "stream"))))
    (tmp_path / "there").mkdir()
    there = set_up(tmp_path / "there", clock, another=True)
    try:
        pieces = [written[at : at + 3] for at in range(0, len(written), 3)]
        random.Random(7).shuffle(pieces)
        for each in pieces:
            assert "Loud" not in in_tables(there)
            there.receive(each)
        assert not there.receive(written).problems
        for desk in (store, there):
            assert "Loud" not in in_tables(desk) and "Lane" not in in_tables(desk)
            assert showing.get(desk, ADVISOR, record).line.name == "Lane, Mo"
            assert showing.get(desk, ADVISOR, record).reviews[0].note == NOTE
        assert listing.page(there, omar, WorklistFilter()) == listing.page(
            store, omar, WorklistFilter()
        )
        assert listing.counts(there, omar) == listing.counts(store, omar)
        (found,) = verify(there).findings
        assert "in clear, on a record that is sealed" in found
        person = showing.get(store, ADVISOR, record).person
        assert person and timeline.of_person(there, omar, person) == []
    finally:
        there.close()


def test_one_that_an_earlier_version_hid_stays_hidden(store: Store, omar: Actor) -> None:
    bring(store, *ROWS)
    record = of(store, "A2").id
    hidden = reviewing.change(raw(store), "attendance", record, {"closed_to": ADVISOR.id.hex()})
    store.act(ADVISOR, [hidden]).result()
    (line,) = listing.by_id(store, omar, [record])
    assert line.closed and line.name == ""
    assert showing.get(store, ADVISOR, record).line.name == "Lane, Mo"
    reviewing.restrict(store, ADVISOR, record, ()).result()  # and can be sealed now
    assert "Lane" not in in_tables(store)
    assert showing.get(store, ADVISOR, record).line.name == "Lane, Mo"


def test_what_its_review_agreed_moves_with_the_calendar_and_stays_sealed(
    store: Store, omar: Actor
) -> None:
    bring(store, *ROWS)
    record = of(store, "A2").id
    review(store, record)
    said = {"code": "shared-hv", "who": "Zara Zebra", "due": "1wd"}
    reviewing.agree(store, ADVISOR, record, said).result()
    reviewing.restrict(store, ADVISOR, record, ()).result()
    (before,) = followups.open_ones(store, ADVISOR)
    settings.change(store, ADVISOR, "closures", "2026-11-23").result()
    settings.take(store)
    assert calendar.work_out_again(store, omar).result() == 0  # it is not opened to him
    assert calendar.work_out_again(store, ADVISOR).result() == 1
    (now,) = followups.open_ones(store, ADVISOR)
    assert (now.due_was, now.due_at > before.due_at) == (before.due_at, True)
    assert "Zebra" not in in_tables(store)
