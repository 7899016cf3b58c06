"""Handing over: since you were last here, the sheets of a shift and of a day's end, and the files they become."""

from pathlib import Path

import pytest
from samples import ADVISOR, KEY, Clock, a_colleague, a_sheet, close_one, raw, set_up, signs

from spoc.model.errors import BadInput
from spoc.model.forms.sheet import Action, Person, Response
from spoc.model.ledger.entry import Actor
from spoc.model.values.instants import utc_text
from spoc.reports.paper import html
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk
from spoc.storage.followups import followups, handover
from spoc.storage.ledger.receive import carry
from spoc.storage.migrations import local
from spoc.storage.service import outputs
from spoc.storage.store import Store

CLOSED = "Molly Mulberry: closed a contact; outcome: Advice accepted: no further action by the desk (SPOC)"


@pytest.fixture
def omar(store: Store) -> Actor:
    return a_colleague(store, "Omar Diaz", "advisor")[0]


def promise(store: Store, due: str = "2h", code: str = "hold-discharge", **more: object) -> bytes:
    action = Action(code, "the ward", due, utc_text(store.now()))
    return close_one(store, actions=(action,), **more)


def words(store: Store, actor: Actor = ADVISOR) -> list[str]:
    return [f"{each.by} {each.words}" for each in handover.news(store, actor)]


def section(found: list[handover.Section], title: str) -> tuple[str, ...]:
    return next(each.lines for each in found if each.title == title)


def test_what_colleagues_wrote_since_is_told_and_ones_own_is_not(
    store: Store, omar: Actor, clock: Clock
) -> None:
    contact = promise(store)
    assert words(store) == []
    followups.end(store, omar, followups.open_ones(store, omar)[0]).result()
    contacts.add_note(store, omar, contact, "Mother rang.").result()
    assert words(store) == [
        "Omar Diaz Molly Mulberry: done: Hold discharge",
        "Omar Diaz Molly Mulberry: added a note",
    ]
    assert words(store, omar) == [f"Ada Advisor {CLOSED}"]


def test_it_goes_by_person_and_moves_on_only_past_what_was_seen(
    store: Store, omar: Actor, clock: Clock
) -> None:
    """Opening a page marked all in it as read, shown or not."""
    contact = promise(store)
    for text in ("first", "second"):
        contacts.add_note(store, omar, contact, text).result()
    first, second = handover.news(store, ADVISOR)
    handover.seen(store, ADVISOR, first.n).result()
    assert handover.news(store, ADVISOR) == [second]
    handover.seen(store, ADVISOR, 1).result()  # never back
    assert handover.news(store, ADVISOR) == [second]
    named = signs(Actor(b"named-number-001", "Nora Named", "named-professional"))
    assert len(handover.news(store, named)) == 3


def test_what_was_written_earlier_and_arrived_since_is_told(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    there = set_up(tmp_path / "there", clock, another=True)
    omar, _ = a_colleague(there, "Omar Diaz", "advisor")
    close_one(there, omar)
    clock.step(hours=2)
    promise(store)
    assert words(store) == []
    store.receive(list(carry(there.reader, bytes.fromhex(local(there.reader, "stream")))))
    assert words(store) == [f"Omar Diaz {CLOSED}"]
    there.close()


def test_of_a_restricted_contact_it_says_nothing_but_that(store: Store, omar: Actor) -> None:
    sealed = {"restricted": "staff-allegation", "about_staff": "Somebody Else"}
    close_one(store, values=sealed)
    assert words(store, omar) == ["Ada Advisor a restricted contact was written to"]


def test_the_shift_sheet_says_what_waits_what_is_due_who_is_at_risk_and_who_holds_it(
    store: Store, omar: Actor, clock: Clock
) -> None:
    promise(store, "2h", children=(Person("Late, Leo", "child"),))
    promise(store, "6h", "call-back", children=(Person("Ring, Rae", "child"),))
    promise(store, "24h", children=(Person("Night, Nel", "child"),))
    promise(store, "2h", "verbal-csc-spoc", children=(Person("Ask, Ana", "child"),))
    close_one(store, children=(Person("Risk, Ray", "child"),), values={"safety_now": "unsafe"})
    draft = drafts.new(store, ADVISOR)
    drafts.save(
        store, draft, a_sheet(store.now(), children=(Person("Park, Pam", "child"),))
    ).result()
    handover.leave_word(store, omar, "Ring the ward before ten.").result()
    clock.step(hours=3)
    found = handover.shift_sheet(store, ADVISOR)
    assert section(found, "From the last shift") == (
        "Omar Diaz, Fri 20 Nov 2026 09:00: Ring the ward before ten.",
    )
    assert "Park, Pam" in section(found, "Parked calls")[0]
    assert any("Late, Leo" in line for line in section(found, "Overdue"))
    assert "Ring, Rae" in section(found, "Call-backs promised")[0]
    assert "ring 01632 960111" in section(found, "Call-backs promised")[0]
    unsafe, *stopped = section(found, "At risk tonight")
    assert unsafe == "Risk, Ray: not safe, or nobody knows, as the call said"
    assert len(stopped) == 4 and all("nobody has said whether" in line for line in stopped)
    plan = section(found, "Out-of-hours plan")
    assert any("Night, Nel" in line and line.endswith("NOBODY HOLDS IT YET") for line in plan)
    assert section(found, "Social care undecided")[0].startswith("Ask, Ana · asked Fri 20 Nov")


def test_a_child_who_met_a_stop_is_at_risk_until_somebody_says_how_safe_they_are(
    store: Store, clock: Clock
) -> None:
    baby = (Person("Babe, Bea", "child", dob="2026-07-19"),)
    met = {"T2": Response("overridden", why="invented")}
    close_one(store, children=baby, many={"issues": ("bruise-nonmobile",)}, prompts=met)
    title = store.pack.guide.prompt_by_code["T2"].title
    said = f"Babe, Bea: {title}; nobody has said whether the child is safe"
    for sheet in (handover.shift_sheet(store, ADVISOR), handover.end_of_day(store, ADVISOR)):
        assert section(sheet, "At risk tonight") == (said,)
    close_one(store, children=(Person("Safe, Sid", "child", dob="2026-07-19"),), prompts=met,
              many={"issues": ("bruise-nonmobile",)}, values={"safety_now": "safe-with"})  # fmt: skip
    assert section(handover.shift_sheet(store, ADVISOR), "At risk tonight") == (said,)


def test_the_end_of_the_day_lists_what_must_be_settled_until_it_is(
    store: Store, clock: Clock
) -> None:
    promise(store, "24h")
    held = "Held by nobody tonight"
    assert len(section(handover.end_of_day(store, ADVISOR), held)) == 1
    told = {"holder": "Dr Lee", "holder_bleep": "412", "holder_since": "1645", "safe_tonight": "no", "safe_with": "Sister Ash"}  # fmt: skip
    followups.hold(store, ADVISOR, followups.open_ones(store, ADVISOR)[0], told).result()
    found = handover.end_of_day(store, ADVISOR)
    assert section(found, held) == ()
    assert section(found, "At risk tonight") == (
        "Molly Mulberry: not safe, as Sister Ash said; held by Dr Lee",
    )


def test_an_empty_word_is_not_left(store: Store) -> None:
    with pytest.raises(BadInput, match="empty"):
        handover.leave_word(store, ADVISOR, "  ")


# -- the file --------------------------------------------------------------------------------------


def test_the_page_needs_nothing_else_and_what_people_wrote_is_data() -> None:
    page = html(
        "Sheet", ["<b>desk</b>"], [("Open", ["<script>alert(1)</script> & Molly"]), ("None", [])]
    )
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Molly" in page
    assert "&lt;b&gt;desk" in page and "not encrypted" in page
    assert not any(word in page for word in ("http", "src=", "@import", "url("))


def test_a_file_is_recorded_first_named_as_clear_text_listed_and_deleted(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store, ADVISOR, tmp_path, KEY)
    path = outputs.write(desk, "shift-sheet", "<p>Molly</p>")
    assert "clear-text" in path.name and path.parent.name == "outputs"
    assert path.stat().st_mode & 0o077 == 0
    recorded = raw(store).conn.execute("SELECT kind, detail FROM audit WHERE kind = 'export'")
    assert recorded.fetchall() == [("export", path.name)]
    (listed,) = outputs.listed(desk)
    assert listed.path == path
    outputs.delete(desk, listed)
    assert outputs.listed(desk) == [] and not path.exists()
    store.submit(lambda db: None).result()
    kinds = raw(store).conn.execute("SELECT kind FROM audit").fetchall()
    assert ("deleted",) in kinds


def test_where_it_cannot_be_recorded_no_file_is_written(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, ADVISOR, tmp_path, KEY)
    real = store.submit
    store.submit = lambda job, **more: (_ for _ in ()).throw(BadInput("The disk is full."))  # type: ignore
    with pytest.raises(BadInput, match="full"):
        outputs.write(desk, "shift-sheet", "<p>Molly</p>")
    store.submit = real  # type: ignore[method-assign]
    assert not (tmp_path / "outputs").exists()
