"""Taking a call: the contact screen as a duty advisor types into it."""

from dataclasses import replace
from pathlib import Path

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, KEY, PRIVATE, Clock, close_one
from screens.conftest import page
from seated import at_the_board

from spoc.guidance.pack import load
from spoc.model.forms.sheet import Person, with_action
from spoc.model.ledger.entry import Command
from spoc.model.values.instants import utc_text
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.typing.suggestions import words_for
from spoc.screens.desk.board import BoardScreen
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import guidance_facts
from spoc.storage.sealing import public_of
from spoc.storage.service import settings
from spoc.storage.start import start
from spoc.storage.store import DB_NAME, Store
from spoc.widgets.pages.keybar import working

QUERY = (
    "n", "no", "<enter>", "k", "<enter>", "mo", "<enter>", "<enter>", "q", "<enter>",
    "ir", "<enter>", "<enter>", "ao", "<enter>", "<enter>", "aa", "<f2>",
)  # fmt: skip


async def test_a_routine_query_from_a_known_caller_about_a_known_child_takes_25_keys(
    store: Store, clock: Clock
) -> None:
    close_one(store)
    clock.step(hours=1)
    async with at_the_board(store) as pilot:
        pressed = await type_in(pilot, *QUERY)
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        rows = contacts.recent(store, ADVISOR)
    assert pressed <= 25
    assert len(rows) == 2
    newest = rows[0]
    assert (newest.caller, newest.children) == ("Nora Nurse", ("Molly Mulberry",))
    assert newest.category == "no-abuse-process-query"
    people = store.reader.conn.execute("SELECT count(*) FROM person").fetchone()
    assert people == (2,), "a known caller and a known child are not made again"


async def test_no_names_and_an_unnamed_caller_close_without_a_person(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(
            pilot, "n", "@service", "ed", "<enter>", "@role", "nurse", "<enter>", "@verified", "not", "<enter>",
            "@child", "nn", "<enter>", "@category", "q", "<enter>", "@issues", "consent", "<enter>", "@actions", "ao", "<enter>", "@outcome",
            "aa", "<f2>",
        )  # fmt: skip
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
    row = contacts.recent(store, ADVISOR)[0]
    assert (row.identity, row.children, row.caller) == ("no-names", (), "")
    assert store.reader.conn.execute("SELECT count(*) FROM person").fetchone() == (0,)


async def test_an_unborn_baby_has_a_due_date_and_the_mother_as_a_person(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(
            pilot, "n", "@caller", "Mid Wife", "<enter>", "@service", "mat-comm", "<enter>", "@role", "midwife", "<enter>", "@callback", "1", "<enter>", "@verified", "k", "<enter>", "@child",
            "ub", "<enter>",
        )  # fmt: skip
        call = await shown(pilot, ContactScreen)
        born = call.first_page.places["child.date"]
        await until(pilot, lambda: born.label == "Due date")
        await type_in(
            pilot, "120227", "<enter>", "Lane, Kim", "<enter>", "m", "<enter>", "u", "<enter>",
            "missed ante", "<enter>", "@actions", "ao", "<enter>", "@outcome", "aa", "<enter>", "@notes", "late booking", "<f2>", "y",
        )  # fmt: skip
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
    parts = contacts.get(store, ADVISOR, contacts.recent(store, ADVISOR)[0].id)
    people = {part.part: part for part in parts if part.tbl == "person"}
    assert people["child"].values["name"] == "Unborn baby of Lane, Kim"
    assert people["child"].values["edd"] == "2027-02-12"
    assert people["child"].values["mother"] == people["mother"].id
    assert people["mother"].values["kind"] == "adult"


async def test_what_a_contact_lacks_is_said_and_the_cursor_goes_there(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed, Amy", "<enter>", "ed", "<enter>", "<f2>")
        screen = await shown(pilot, ContactScreen)
        message = screen.query_one("#message")
        await until(pilot, lambda: "Not closed yet. Role is empty." in str(message.content))
        assert screen.slot == "role"
    assert contacts.recent(store, ADVISOR) == []


async def test_defaults_from_the_last_contact_are_marked_and_never_the_child_or_the_concern(
    store: Store, clock: Clock
) -> None:
    close_one(store)
    clock.step(hours=1)
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "nora", "<enter>")
        screen = await shown(pilot, ContactScreen)
        assert screen.sheet.last == {"service", "role", "callback"}
        assert screen.first_page.places["service"].words.startswith("last")
        assert screen.first_page.places["role"].words == "last"
        assert screen.slot == "verified"
        for slot in ("child", "category", "issues", "actions", "outcome", "where_now"):
            assert screen.entries[slot].value == ""
        await type_in(pilot, "<f3>")
        assert screen.sheet.values["verified"] == "known-number"
        await type_in(pilot, "<enter>", "<f3>")
        assert screen.sheet.children[0].name == "Molly Mulberry"


async def test_unknown_text_is_kept_and_shown_as_no_code(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n", "Reed", "<enter>", "zzzqqq", "<enter>")
        screen = await shown(pilot, ContactScreen)
        assert screen.sheet.values["service"] == "zzzqqq"
        assert "not a code" in screen.first_page.places["service"].words
        assert screen.slot == "role"


async def test_a_promise_gets_its_usual_owner_and_due_time_and_another_asks_for_them(
    store: Store, clock: Clock
) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["actions"])
        await type_in(pilot, "verbal csc caller", "<enter>")
        assert (screen.sheet.actions[0].who, screen.sheet.actions[0].due) == ("caller", "2h")
        assert screen.slot == "actions"
        await type_in(pilot, "hold", "<enter>")
        assert screen.slot == "actions.who"
        await type_in(pilot, "Dr Osei", "<enter>", "3wd", "<enter>")
        assert (screen.sheet.actions[1].who, screen.sheet.actions[1].due) == ("Dr Osei", "3wd")
        side = " ".join(str(screen.query_one("#side").content).split())
        assert "now, by 11:00" in side
        assert "due by 17:00 Wed 25 Nov 2026 (3rd working day)" in side


async def test_a_bad_date_says_so_keeps_the_text_and_goes_on(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "Brook, Ty", "<enter>", "31/02/2020", "<enter>")
        assert "31/02/2020" in str(screen.query_one("#message").content)
        assert screen.sheet.children[0].typed["child.date"] == "31/02/2020"
        assert any(
            "31/02/2020" in each.sentence for each in guidance_facts.missing(store, screen.sheet)
        )


async def test_siblings_are_two_children_and_backspace_takes_the_last_away(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "Brook, Ty", "<enter>")
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "Brook, Lea", "<enter>")
        assert [child.name for child in screen.sheet.children] == ["Brook, Ty", "Brook, Lea"]
        assert "Brook, Ty; Brook, Lea" in screen.header.about
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "<backspace>", "<backspace>")
        assert [child.name for child in screen.sheet.children] == ["Brook, Ty"]


async def test_a_late_entry_keeps_both_times(store: Store, clock: Clock) -> None:
    close_one(store, values={"received_at": "2026-11-19T16:30:00.000Z"})
    row = contacts.recent(store, ADVISOR)[0]
    assert row.late and row.received_at != row.logged_at
    async with at_the_board(store) as pilot:
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: not isinstance(pilot.app.screen, BoardScreen))
        lines = [line.text for line in pilot.app.screen.rows.items]
    assert "Thu 19 Nov 2026 16:30  (late entry)" in lines
    assert any(line.startswith("Fri 20 Nov 2026 09:00 by Ada Advisor") for line in lines)


def test_a_changed_number_of_a_known_caller_is_remembered(store: Store, clock: Clock) -> None:
    close_one(store)
    known = store.reader.conn.execute(
        "SELECT id FROM person WHERE kind = 'professional'"
    ).fetchone()[0]
    from spoc.storage.persons import persons

    caller = persons.get(store, ADVISOR, known.hex())
    assert isinstance(caller, Person)
    close_one(store, caller=replace(caller), values={"callback": "01632 960222"})
    again = persons.get(store, ADVISOR, known.hex())
    assert again and again.callback == "01632 960222"
    assert len(contacts.recent(store, ADVISOR)) == 2


async def test_an_earlier_time_of_receipt_sets_the_hours_unless_the_advisor_said_otherwise(
    store: Store,
) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        assert screen.sheet.values["hours"] == "in-hours"
        screen.set_focus(screen.entries["received_at"])
        await type_in(pilot, "t-1 2210", "<enter>")
        await until(pilot, lambda: screen.sheet.values["hours"] == "ooh-received-later")
        assert screen.entries["received_at"].value == "19 Nov 2026 22:10"


async def test_the_board_shows_what_was_written_beside_the_window(store: Store) -> None:
    async with at_the_board(store) as pilot:
        close_one(store)
        await until(pilot, lambda: len(pilot.app.screen.query_one("Rows").items) == 1)


@pytest.mark.parametrize(("role", "keys_there"), [("analyst", {"list"}), ("admin", set())])
async def test_a_role_finds_only_the_keys_it_may_use(
    store: Store, role: str, keys_there: set[str]
) -> None:
    close_one(store)
    async with at_the_board(store, actor=replace(ADVISOR, role=role)) as pilot:
        await type_in(pilot, "n", "/")
        assert isinstance(pilot.app.screen, BoardScreen)
        said = {binding.description for binding in working(pilot.app.screen)}
        assert said & {"new call", "open", "search", "list"} == keys_there
        items = pilot.app.screen.query_one("Rows").items
        assert len(items) == (1 if role == "analyst" else 0)
        assert all(item.children == () and item.caller == "" for item in items)
        page = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        assert "unnamed caller" not in page
        assert ("not shown" in page) == (role == "analyst")


@pytest.mark.parametrize("role", ["analyst", "admin"])
async def test_an_empty_board_bids_nobody_do_what_their_role_may_not(
    store: Store, role: str
) -> None:
    async with at_the_board(store, actor=replace(ADVISOR, role=role)) as pilot:
        said = str(pilot.app.screen.query_one("#empty").content)
        assert "press n" not in said
        assert ("sees no contacts" if role == "admin" else "no names") in said


async def test_another_birth_date_never_rewrites_a_child_who_is_known(
    store: Store, clock: Clock
) -> None:
    contact = close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "molly", "<enter>")
        await until(pilot, lambda: screen.sheet.children)
        screen.set_focus(screen.entries["child.date"])
        await type_in(pilot, "030319", "<enter>")
        message = screen.query_one("#message")
        await until(pilot, lambda: "recorded differently" in str(message.content))
        assert screen.sheet.children[0].dob == "2024-02-29"
    child = next(part for part in contacts.get(store, ADVISOR, contact) if part.part == "child")
    assert child.values["dob"] == "2024-02-29"


async def test_tab_takes_what_was_typed_in_full_and_leaves_the_rest_as_it_is(store: Store) -> None:
    close_one(store)
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "mol", "<tab>")
        await until(pilot, lambda: screen.slot == "child.date")
        assert screen.sheet.children == () and screen.sheet.pending["child"] == "mol"
        screen.set_focus(screen.entries["category"])
        await type_in(pilot, "q", "<tab>")
        await until(pilot, lambda: screen.sheet.values.get("category") == "no-abuse-process-query")


async def test_of_a_long_list_the_end_shows_and_the_owner_is_asked_for_by_name(
    store: Store,
) -> None:
    codes = (
        "paediatric-opinion",
        "verbal-csc-caller",
        "seen-alone",
        "ring-back-done",
        "hold-discharge",
    )
    pack = store.pack
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n")
        call = await shown(pilot, ContactScreen)
        at = utc_text(store.now())
        sheet = call.sheet
        for code in codes:
            sheet = with_action(sheet, pack.find("action", code), at)
        call.keeper.keep(sheet)
        call._show_all()
        call._go("actions.who")
        await pilot.pause()
        place = call.first_page.places["actions"]
        line = call.first_page.render_line(place.label_at.y).text
        assert "Hold discharge" in line and "…" in line and "Paediatric opinion" not in line
        assert place.line_at.right == call.first_page.size.width, "and there is room to type"
        assert call.strip.hint.startswith(pack.label("action", "hold-discharge"))
        call._go("where_now")
        assert "Where is the child now?" in str(call.strip.render())


async def test_a_number_that_was_not_taken_is_marked_as_such(store: Store) -> None:
    async with at_the_board(store, size=(80, 24)) as pilot:
        await type_in(pilot, "n", "<enter>")
        call = await shown(pilot, ContactScreen)
        call._go("child")
        await type_in(pilot, "Brook, Ty", "<enter>", "190726", "<enter>", "9990000019", "<enter>")
        place = call.first_page.places["child.ref"]
        await until(pilot, lambda: place.words == "?")
        call._go("child.ref")
        await type_in(pilot, *["<backspace>"] * 10, "9990000018", "<enter>")
        await until(pilot, lambda: place.words != "?")


async def test_a_number_for_tests_says_so_beside_it(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "n")
        screen = await shown(pilot, ContactScreen)
        screen.set_focus(screen.entries["child"])
        await type_in(pilot, "Brook, Ty", "<enter>", "190726", "<enter>", "9990000018", "<enter>")
        mark, words = words_for(screen.desk, screen.sheet, "child.ref", None)
        assert mark == "test" and "no patient" in words
        (line,) = [line for line in page(pilot).splitlines() if "NHS no." in line]
        assert "9990000018" in line.replace(" ", "")
        assert line.split()[-1] == "test" or " test " in line


async def test_with_the_pack_of_somerset_a_routine_call_takes_25_keys_too(
    tmp_path: Path, clock: Clock
) -> None:
    opened = start(tmp_path / DB_NAME, KEY, load("somerset"), now=clock)
    said = {"name": ADVISOR.name, "role": ADVISOR.role, "public_key": public_of(PRIVATE).hex()}
    opened.act(
        ADVISOR, [Command("user", ADVISOR.id, said), settings.command("pack", "somerset")]
    ).result()
    opened.keyring.hold(ADVISOR.id, PRIVATE)
    try:
        close_one(opened, values={"service": "ED-MPH"})
        clock.step(hours=1)
        async with at_the_board(opened) as pilot:
            pressed = await type_in(pilot, *QUERY)
            await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
            newest = contacts.recent(opened, ADVISOR)[0]
        assert pressed <= 25
        assert (newest.caller, newest.children, newest.open) == (
            "Nora Nurse",
            ("Molly Mulberry",),
            False,
        )
    finally:
        opened.close()
