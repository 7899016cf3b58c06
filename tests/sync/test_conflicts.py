"""Two desks write the same field at once: both values are shown with who wrote them, and a person decides."""

from dataclasses import replace
from pathlib import Path

from samples import ADVISOR, PRIVATE, a_colleague, a_sheet
from seated import at_the_board
from sync.seats import Seats
from sync.test_faults import joined  # noqa: F401
from sync.test_two_desks import Two, cheap, two  # noqa: F401

from keyboard import shown, type_in, until  # isort: skip
from screens.conftest import page  # isort: skip
from seated import Seated  # isort: skip

from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.desk.board import BoardScreen
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.desk import Desk, sign_in
from spoc.storage.desks import conflicts, shut_out
from spoc.storage.desks.standing import standing

WORDS = "four plain words here"


def at(two: Two, desk: str) -> Desk:  # noqa: F811
    return sign_in(two.place / desk, WORDS, {"a": "Ada Shah", "b": "Bea Bird"}[desk], window=False)


def amend(two: Two, desk: str, value: str) -> None:  # noqa: F811
    opened = at(two, desk)
    try:
        row = contacts.still_open(opened.store, opened.actor)[0]
        own = contacts.get(opened.store, opened.actor, row.id)[0]
        contacts.amend(opened.store, opened.actor, own, {"category": value}, "heard again").result()
    finally:
        opened.close()


async def test_both_values_show_with_who_wrote_them_and_one_is_kept_everywhere(joined: Two) -> None:  # noqa: F811
    amend(joined, "a", "neglect")
    amend(joined, "b", "sexual")
    joined.sync("a")
    before = joined.sync("b")["conflicts"]
    assert before >= 1 and joined.sync("a")["conflicts"] == before
    desk = at(joined, "a")
    try:
        app = Seated(desk, desk.store.now)
        async with app.run_test(size=(100, 30)) as pilot:
            app.sit_down(desk)
            await until(
                pilot, lambda: isinstance(app.screen, BoardScreen) and app.screen.is_current
            )
            await type_in(pilot, "y")
            await shown(pilot, SyncScreen)
            assert "with two values: c shows" in page(pilot) and "Desk b" in page(pilot)
            await type_in(pilot, "c")
            screen = await shown(pilot, ConflictsScreen)
            said = page(pilot)
            assert "Ada Shah" in said and "Bea Bird" in said
            values = [each.value for each in screen.marked.sides]
            assert set(values) == {"neglect", "sexual"}
            await type_in(pilot, "1")
            await until(pilot, lambda: "Decided; it reaches the other desks" in page(pilot))
            left = conflicts.open_conflicts(desk.store, desk.actor)
            assert not [each for each in left if each.tbl == "contact"]
    finally:
        desk.close()
    joined.sync("a")
    assert joined.sync("b")["conflicts"] == before - 1
    assert joined.rows("a") == joined.rows("b")
    assert {each["category"] for each in joined.rows("a")} >= {values[0]}


async def test_a_desk_is_shut_out_on_the_sync_page_once_a_second_person_agrees(
    tmp_path: Path,
) -> None:
    seats = Seats(tmp_path, 3)
    store = seats.desks[0].store
    beth, _ = a_colleague(store, "Beth Bell", "advisor")
    try:
        async with at_the_board(store) as pilot:
            await type_in(pilot, "y")
            screen = await shown(pilot, SyncScreen)
            await type_in(pilot, "<down>", "o", "has left", "<escape>", "<escape>", "o")
            await type_in(pilot, "has left", "<enter>")
            await until(pilot, lambda: "Ada Advisor asked to shut it out" in page(pilot))
            assert screen.marked and screen.marked.name == "Desk 2"
            await type_in(pilot, "o", "again", "<enter>")
            await until(pilot, lambda: "You have already asked for that" in page(pilot))
            shut_out.ask(store, beth, screen.marked.id, "left").result()
            await until(pilot, lambda: "shut out by Ada Advisor and Beth Bell" in page(pilot))
            assert not screen.check_action("revoke", ())
    finally:
        seats.close()


async def test_where_nobody_else_may_agree_the_recovery_code_is_asked_for_on_the_sync_page(
    joined: Two,  # noqa: F811
) -> None:
    desk = at(joined, "a")
    try:
        app = Seated(desk, desk.store.now)
        async with app.run_test(size=(100, 30)) as pilot:
            app.sit_down(desk)
            await shown(pilot, BoardScreen)
            await type_in(pilot, "y")
            screen = await shown(pilot, SyncScreen)
            await type_in(pilot, "o", "lost on a train", "<enter>")
            await until(
                pilot,
                lambda: (
                    "type the recovery code instead"
                    in " ".join(page(pilot).replace("│", " ").split())
                ),
            )
            await type_in(pilot, "AAAA " * 7, "<enter>")
            await until(pilot, lambda: "not the recovery code" in page(pilot))
            assert screen.marked and not screen.marked.asked
            await type_in(pilot, "o", "lost on a train", "<enter>")
            await until(
                pilot,
                lambda: (
                    "type the recovery code instead"
                    in " ".join(page(pilot).replace("│", " ").split())
                ),
            )
            await type_in(pilot, joined.code)
            assert joined.code.split("-")[0] not in page(pilot)
            await type_in(pilot, "<enter>")
            await until(pilot, lambda: "shut out by Ada Shah" in page(pilot))
    finally:
        desk.close()


async def test_a_conflict_says_whom_and_what_it_is_about_and_opens_the_contact(
    joined: Two,  # noqa: F811
) -> None:
    """Two days of birth without a name help nobody."""
    agreed = [{"code": "hold-discharge", "by": "ward", "due": "24h"}]
    joined.call("a", "a-9", actions=agreed, children=[{"name": "Zoe Zebra", "dob": "2024-02-26"}])
    joined.sync("a")
    joined.sync("b")
    for desk, born in (("a", "2024-02-28"), ("b", "2024-02-27")):
        opened = at(joined, desk)
        every = contacts.still_open(opened.store, opened.actor)
        row = next(each for each in every if each.children == ("Zoe Zebra",))
        parts = contacts.get(opened.store, opened.actor, row.id)
        act = next(each for each in parts if each.tbl == "action")
        child = next(each for each in parts if each.part == "child")
        contacts.amend(opened.store, opened.actor, child, {"dob": born}, "said again").result()
        contacts.amend(opened.store, opened.actor, act, {"who": born}, "said again").result()
        opened.close()
    for desk in "abab":
        joined.sync(desk)
    desk = at(joined, "a")
    async with at_the_board(desk.store, actor=desk.actor, size=(80, 24)) as pilot:
        await type_in(pilot, "y")
        await shown(pilot, SyncScreen)
        await type_in(pilot, "c")
        screen = await shown(pilot, ConflictsScreen)
        said = []
        for _ in screen.found:
            said.append(" ".join(page(pilot).split()))
            await type_in(pilot, "<down>")
        assert any(
            "Person of contact" in each and "Zoe Zebra: born" in each and "28 Feb 2024" in each
            for each in said
        )
        assert any("Action “" in each and "Zoe Zebra: who" in each for each in said)
        screen.at = next(n for n, each in enumerate(screen.found) if each.tbl == "person")
        screen.show()
        await type_in(pilot, "o")
        await shown(pilot, ContactPage)
    desk.close()


async def test_a_conflict_on_a_restricted_contact_shows_to_those_who_can_open_it_and_is_decided_under_its_key(
    tmp_path: Path,
) -> None:
    seats = Seats(tmp_path, 2)
    one, other = seats.desks
    try:
        draft, sheet = drafts.new(one.store, ADVISOR), a_sheet(one.store.now())
        sheet = replace(sheet, values={**sheet.values, "restricted": "own-child"})
        contacts.leave_open(one.store, ADVISOR, draft, sheet).result()
        seats.until_quiet()
        for desk, category in ((one, "neglect"), (other, "sexual")):
            own = contacts.get(desk.store, ADVISOR, draft.id)[0]
            contacts.amend(desk.store, ADVISOR, own, {"category": category}, "heard again").result()
        one.store.lock()
        seats.sync(1)
        assert seats.sync(0).conflicts == 0, "the desk is locked: nobody can look"
        one.store.keyring.hold(ADVISOR.id, PRIVATE)
        assert seats.sync(0).conflicts == seats.sync(1).conflicts == 1
        async with at_the_board(one.store, size=(80, 24)) as pilot:
            assert "1 conflict" in page(pilot)
            await type_in(pilot, "y")
            await shown(pilot, SyncScreen)
            await type_in(pilot, "c")
            screen = await shown(pilot, ConflictsScreen)
            said = page(pilot)
            assert "Restricted contact" in said and "Neglect" in said and "Sexual" in said
            kept = screen.marked.sides[0].value
            await type_in(pilot, "1")
            await until(pilot, lambda: "Decided; it reaches the other desks" in page(pilot))
            assert "No conflicts" in page(pilot)
            viewed = one.store.reader.conn.execute(
                "SELECT count(*) FROM audit WHERE purpose = 'conflict'"
            )
            assert viewed.fetchone() == (1,)
        seats.until_quiet()
        for desk in seats.desks:
            assert standing(desk.store, ADVISOR).conflicts == 0
            assert contacts.get(desk.store, ADVISOR, draft.id)[0].values["category"] == kept
        written = one.store.reader.conn.execute("SELECT body FROM payload").fetchall()
        assert not any(b"neglect" in body for (body,) in written), "nothing is in clear"
    finally:
        seats.close()
