"""The ED safety net on the screen: brought in, looked at, cleared one by one, told, and never by accident."""

import asyncio
import threading
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import ADVISOR, a_colleague
from screens.conftest import page
from screens.worklists import ROWS, Hand, bring, mark, numbers, said, the_worklist
from seated import at_the_board

from spoc.model.attendance.review import Review
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.followups.outputs import OutputsScreen
from spoc.screens.safety_net import lines, worklist
from spoc.screens.safety_net.attaching import AttachScreen
from spoc.screens.safety_net.letter import LetterScreen
from spoc.screens.safety_net.lists.set_aside import SetAsideScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.screens.safety_net.telling import TellScreen
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.storage.attendances import listing, reviewing, showing
from spoc.storage.attendances.listing import WorklistFilter
from spoc.storage.service import settings
from spoc.storage.store import Store


@pytest.fixture
def filled(store: Store) -> Store:
    bring(store, *ROWS)
    return store


async def test_the_worklist_says_who_why_and_how_many(filled: Store) -> None:
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        assert numbers(screen) == ["A5", "A2", "A3", "A4", "A1"]
        seen = page(pilot)
        for words in (
            "IN ED",
            "cannot tell",
            "under 1, injury",
            "Lane, Mo",
            "4 mth",
            "0 of 5",
            "5 waiting",
            "5 attended, 5 to review (all): ",
        ):
            assert words in seen, words
        assert "[red]Ash[/], =Jo" in seen and "Headache [/]" in seen


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (80, "under 1, injury · left unseen · injury"),
        (36, "under 1, injury · left unseen · +1"),
        (20, "under 1, injury · +2"),
        (12, "under 1… +2"),
    ],
)
def test_a_flag_that_has_no_room_is_counted(room: int, words: str) -> None:
    assert lines.reasons(["under 1, injury", "left unseen", "injury"], room) == words


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_whole_row_can_be_read(filled: Store, size: tuple[int, int]) -> None:
    async with at_the_board(filled, size=size) as pilot:
        await the_worklist(pilot)
        line = next(each for each in page(pilot).splitlines() if "Lane, Mo" in each)
        assert "4 mth" in line and "under 1" in line


async def test_one_key_clears_a_clear_case_and_undo_brings_it_back(filled: Store) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A1")
        await type_in(pilot, "c")
        await until(pilot, lambda: "A1" not in numbers(screen))
        assert "not gone through" in said(screen)
        await type_in(pilot, "u")
        await until(pilot, lambda: "A1" in numbers(screen))
        assert screen.rows.item.number == "A1"


async def test_one_key_leaves_what_needs_eyes_and_says_why(filled: Store) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        for number, why in (("A2", "under 2"), ("A3", "age is unknown")):
            mark(screen, number)
            await type_in(pilot, "c")
            await until(pilot, lambda why=why: why in said(screen))
            assert number in numbers(screen)


async def test_a_held_key_clears_one_case_and_no_more(filled: Store) -> None:
    hand = Hand()
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot, hand)
        mark(screen, "A1")
        hand.held = True
        hand.at += 10
        await type_in(pilot, "c" * 12)
        await pilot.pause()
        assert numbers(screen) == ["A5", "A2", "A3", "A4"]
        hand.held = False
        mark(screen, "A4")
        await type_in(pilot, "c")
        await until(pilot, lambda: numbers(screen) == ["A5", "A2", "A3"])


async def test_a_key_acts_on_the_child_on_show_though_the_rows_move(filled: Store) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A1")
        bring(
            filled,
            *(ROWS[0].replace("A1,999 000 0018,1,Brook", f"B{n},,9{n},New{n}") for n in range(4)),
        )
        screen.read()
        assert screen.rows.item.number == "A1"
        await type_in(pilot, "c")
        await until(pilot, lambda: "A1" not in numbers(screen))
        assert {"B0", "B1", "B2", "B3"} <= set(numbers(screen))


@pytest.mark.long
async def test_thirty_cases_take_no_more_keys_than_promised(store: Store) -> None:
    clear = [
        ROWS[0].replace("A1,999 000 0018,1,Brook", f"C{n:02},,1{n},Clear{n}") for n in range(24)
    ]
    other = [ROWS[1].replace("A2,999 000 0026,2,Lane", f"E{n},,2{n},Eyes{n}") for n in range(6)]
    bring(store, *clear, *other)
    pressed = 0
    async with at_the_board(store) as pilot:
        screen = await the_worklist(pilot)
        for _ in range(6):
            screen.rows.show(screen.rows.items, 0)
            before = len(screen.rows.items)
            pressed += await type_in(pilot, "<enter>")
            review = await shown(pilot, ReviewPage)
            pressed += await type_in(pilot, "33", "b", "d")
            await shown(pilot, RecordScreen)
            pressed += await type_in(pilot, "nc", "<enter>", "<f2>")
            await until(
                pilot, lambda: pilot.app.screen is screen and len(screen.rows.items) == before - 1
            )
            assert not review.is_current
        assert pressed <= 6 * 12
        for n in range(24):
            await type_in(pilot, "c")
            await until(pilot, lambda n=n: len(screen.rows.items) == 23 - n)
    counts = listing.counts(store, ADVISOR)
    assert (counts.waiting, counts.screened) == (0, 30)


async def test_a_review_shows_all_of_it_and_asks_for_what_is_missing(filled: Store) -> None:
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A2")
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        seen = page(pilot)
        for words in (
            "Lane, Mo",
            "fell from bed; not yet rolling",
            "rule UNDER-1-INJURY",
            "999 000 0026",
            "answer?",
            "Lane, Mo, 19 Jul 2026, 999 000 0026: NHS number and date of birth agree; k changes it",
        ):
            assert words in seen, words
        await type_in(pilot, "d")
        await until(pilot, lambda: "what you have read" in said(review, "#message"))
        await type_in(pilot, "b", "d")
        await until(pilot, lambda: "ask for item 3" in said(review, "#message"))
        await type_in(pilot, "<f6>")
        await until(pilot, lambda: any("Source cg89" in each.text for each in review.rows.items))


async def test_told_is_only_what_was_sent(filled: Store) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A2")
        await type_in(pilot, "<enter>")
        await shown(pilot, ReviewPage)
        await type_in(pilot, "3", "bb", "d")
        await shown(pilot, RecordScreen)
        await type_in(pilot, "sh", "<enter>", "<f2>")
        tell = await shown(pilot, TellScreen)
        assert [each.code for each in tell.rows.items] == ["hv", "gp"]
        await type_in(pilot, "x")
        assert "Copy it first" in said(tell, "#message")
        await type_in(pilot, "c")
        await until(pilot, lambda: tell.rows.item.copied)
        assert "[secure]" in said(tell, "#message") and "Lane" not in said(tell, "#message")
        await type_in(pilot, "<escape>")
        await shown(pilot, WorklistScreen)
        assert "1 copied and not sent" in said(screen, "#alarms")
        assert "Reviewed: Lane, Mo, Information shared. u takes it back." in page(pilot)
        await type_in(pilot, "s")
        tell = await shown(pilot, TellScreen)
        await type_in(pilot, "x")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "hv.team@nhs.net", "<enter>")
        await until(pilot, lambda: pilot.app.screen is tell and "Told" in said(tell, "#message"))
        assert "[secure]" not in said(tell, "#message")
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: "no list" not in said(screen, "#alarms"))
    (share,) = showing.get(filled, ADVISOR, screen.done[0]).shares
    assert share.address == "hv.team@nhs.net" and share.sent_at


async def test_an_advice_contact_begins_with_the_child_and_each_names_the_other(
    filled: Store,
) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A2")
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        await type_in(pilot, "a")
        call = await shown(pilot, ContactScreen)
        sheet = call.keeper.sheet
        assert sheet.children[0].name == "Lane, Mo" and sheet.children[0].nhs_number == "9990000026"
        assert sheet.values["channel"] == "ED-SAFETY-NET" and "fell from bed" in sheet.notes
        assert review.contact is not None
    from spoc.storage.attendances import opening

    assert [each[1] for each in opening.attendances_of(filled, review.contact)] == ["ED-MPH"]


async def test_a_letter_to_parents_is_written_where_it_may_be(filled: Store) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A4")
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        await type_in(pilot, "l")
        await shown(pilot, LetterScreen)
        await type_in(pilot, "c")
        await until(pilot, lambda: pilot.app.screen is review)
        await until(pilot, lambda: any(each.label == "Letter" for each in review.rows.items))


async def test_no_letter_goes_where_it_could_do_harm(store: Store) -> None:
    bring(
        store, ROWS[3].replace("Headache [/] since AM", "Mum says partner hit her; domestic abuse")
    )
    async with at_the_board(store) as pilot:
        await the_worklist(pilot)
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        await type_in(pilot, "l")
        await until(pilot, lambda: "no letter to parents" in said(review, "#message"))


async def test_children_with_a_concern_alone_count_where_the_service_says_so(filled: Store) -> None:
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        words = said(screen, "#counts")
        assert (
            "5 attended, 5 to review (all): 0 done by the list, 0 by the record" in words
            and "5 waiting" in words
        )
        settings.change(filled, ADVISOR, "denominator", "concern").result()
        settings.take(filled)
        screen.read()
        words = said(screen, "#counts")
        assert "5 attended, 3 to review (with a concern):" in words, words
        assert "3 waiting" in words, words


async def test_a_case_that_a_colleague_has_open_says_so(filled: Store) -> None:
    other, _ = a_colleague(filled, "Omar Diaz", "reviewer")
    (line,) = listing.by_number(filled, ADVISOR, "A2")
    reviewing.take(filled, other, line.id).result()
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        assert "Omar Diaz" in page(pilot)
        mark(screen, "A2")
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        assert "Omar Diaz has this case open too" in said(review, "#message")


async def test_a_restricted_child_is_shown_to_nobody_else(filled: Store) -> None:
    other, _ = a_colleague(filled, "Omar Diaz", "reviewer")
    (line,) = listing.by_number(filled, ADVISOR, "A2")
    reviewing.restrict(filled, other, line.id, ()).result()
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        assert "Lane" not in page(pilot) and "restricted" in page(pilot)
        assert "A2" not in numbers(screen)
        place = next(n for n, each in enumerate(screen.rows.items) if each.closed)
        screen.rows.show(screen.rows.items, place)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: "not open to you" in said(screen))
        await type_in(pilot, "/", "under", "<enter>")
        await until(pilot, lambda: screen.wanted.flag)
        assert screen.rows.items == []


@pytest.mark.parametrize(("words", "found"), [("cannot", {"A3"}), ("mine", set()), ("mph", {"A1", "A2", "A3", "A4", "A5"}), ("t-1", {"A1", "A2", "A3", "A4", "A5"}), ("t-2", set())])  # fmt: skip
async def test_the_list_is_narrowed_by_what_is_typed(
    filled: Store, words: str, found: set[str]
) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        await type_in(pilot, "/", words, "<enter>")
        await until(pilot, lambda: set(numbers(screen)) == found)


async def test_a_missing_list_stands_until_it_is_explained(filled: Store, clock: Any) -> None:
    clock.step(days=2)
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        assert "no list of 20 Nov 2026" in said(screen, "#alarms")
        for _ in range(2):
            if "no list" not in said(screen, "#alarms"):
                break
            await type_in(pilot, "x")
            await shown(pilot, ReasonScreen)
            await type_in(pilot, "closed for the flood", "<enter>")
            await shown(pilot, WorklistScreen)
        await until(pilot, lambda: "no list" not in said(screen, "#alarms"))


async def test_the_board_says_what_waits(filled: Store) -> None:
    async with at_the_board(filled, size=(120, 36)) as pilot:
        await until(pilot, lambda: "0 of 5   5 waiting, oldest" in page(pilot))


async def test_the_cases_on_show_are_printed_and_counted(filled: Store) -> None:
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        await type_in(pilot, "p")
        await until(pilot, lambda: "5 cases. Written, not encrypted" in said(screen))
        (path,) = (filled.path.parent / "outputs").iterdir()
        assert path.name.startswith("worklist-clear-text-") and path.suffix == ".html"
        assert "Lane, Mo" in path.read_text() and path.stat().st_mode & 0o077 == 0
        assert path.read_text().count('<li class="box">') == 5
        await type_in(pilot, "o")
        await shown(pilot, OutputsScreen)
        await type_in(pilot, "x")
        await until(pilot, lambda: not path.exists())


def test_a_fresh_key_is_slower_than_a_held_one() -> None:
    assert (
        worklist.FRESH >= 0.66
    )  # the longest pause before a key repeats, on the systems that are known


def test_a_former_review_stays_beside_the_new_one(filled: Store) -> None:
    (line,) = listing.by_number(filled, ADVISOR, "A1")
    reviewing.clear(filled, ADVISOR, line.id).result()
    bring(filled, ROWS[0].replace("Otitis media", "Mastoiditis"))
    shown_now = showing.get(filled, ADVISOR, line.id)
    reviewing.dispose(filled, ADVISOR, shown_now, Review("clear", "record", {})).result()
    assert [each.one_key for each in showing.get(filled, ADVISOR, line.id).reviews] == [False, True]
    assert (
        listing.page(filled, ADVISOR, WorklistFilter(unreviewed=True, site="ED-MPH"))[0].number
        != "A1"
    )


async def test_a_row_with_another_childs_number_is_brought_in_apart_or_dropped(
    filled: Store,
) -> None:
    bring(
        filled,
        ROWS[0]
        .replace("9990000018", "")
        .replace("999 000 0018,1,Brook,Ty,19/07/2018", ",9,Fir,Al,01/02/2019"),
    )
    async with at_the_board(filled) as pilot:
        screen = await the_worklist(pilot)
        assert "1 set aside" in said(screen, "#alarms")
        await type_in(pilot, "y")
        aside = await shown(pilot, SetAsideScreen)
        assert "Fir, Al" in page(pilot) and "belongs to another child." in page(pilot)
        await type_in(pilot, "o")
        await until(pilot, lambda: not aside.rows.items)
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is screen and "A1/2" in numbers(screen))
        assert not said(screen, "#alarms")


async def test_what_was_not_reviewed_by_the_next_working_day_is_listed(
    filled: Store, clock: Any
) -> None:
    bring(
        filled, ROWS[0].replace("A1,999 000 0018,1,Brook", "L1,,7,Late").replace("19/11", "17/11")
    )
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        assert "1 not reviewed by the end of the next working day" in said(screen, "#alarms")
        await type_in(pilot, "/", "late", "<enter>")
        await until(pilot, lambda: numbers(screen) == ["L1"])


def test_a_child_is_attached_by_number_and_date_of_birth_alone(filled: Store) -> None:
    bring(filled, ROWS[0].replace("A1,", "Z1,"), ROWS[0].replace("A1,", "Z2,").replace("19/07/2018", "20/07/2018"),
          ROWS[0].replace("A1,999 000 0018", "Z3,"), site="ED-YDH")  # fmt: skip
    rows = filled.reader.conn.execute(
        "SELECT number, person FROM attendance WHERE number IN ('A1','Z1','Z2','Z3') ORDER BY 1"
    ).fetchall()
    persons = dict(rows)
    assert persons["A1"] == persons["Z1"] is not None
    assert persons["Z2"] not in (None, persons["A1"]) and persons["Z3"] is None
    names = filled.reader.conn.execute(
        "SELECT count(*) FROM person WHERE name = 'Brook, Ty'"
    ).fetchone()
    assert names == (2,)


async def test_who_is_likely_is_offered_and_attached_by_one_key(filled: Store) -> None:
    bring(filled, ROWS[0].replace("A1,999 000 0018", "Z3,"), site="ED-YDH")
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "Z3")
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        assert any("not attached" in each.text for each in review.rows.items)
        await type_in(pilot, "k")
        await shown(pilot, AttachScreen)
        assert "same" in page(pilot)
        await type_in(pilot, "<enter>")
        await until(pilot, lambda: pilot.app.screen is review and review.shown.person is not None)
    persons = filled.reader.conn.execute(
        "SELECT DISTINCT person FROM attendance WHERE number IN ('A1', 'Z3')"
    ).fetchall()
    assert len(persons) == 1


async def test_in_a_long_list_the_mark_and_what_is_near_it_stay_true(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far down a list of thousands nothing is read again but what stands near the mark."""
    monkeypatch.setattr(worklist, "MANY", 20)
    monkeypatch.setattr(worklist, "NEAR", 5)
    bring(
        store,
        *(ROWS[0].replace("A1,999 000 0018,1,Brook", f"C{n:02},,8{n},Many{n}") for n in range(40)),
    )
    async with at_the_board(store) as pilot:
        screen = await the_worklist(pilot)
        screen.rows.show(screen.rows.items, 30)
        before = numbers(screen)
        reviewing.clear(store, ADVISOR, screen.rows.items[28].id).result()
        await type_in(pilot, "c")
        await until(pilot, lambda: len(screen.rows.items) == 38)
        assert numbers(screen) == [each for n, each in enumerate(before) if n not in (28, 30)]
        assert screen.rows.item.number == before[31]


async def test_a_follow_up_and_a_reason_are_typed_where_the_case_is_seen(filled: Store) -> None:
    bring(filled, ROWS[0].replace("A1", "A9").replace("19/11/2026", "02/11/2026"))
    async with at_the_board(filled, size=(120, 36)) as pilot:
        screen = await the_worklist(pilot)
        mark(screen, "A9")
        await type_in(pilot, "l")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "No reviewer that day.", "<enter>")
        await until(pilot, lambda: "reason now applies to" in said(screen))
        await until(pilot, lambda: "late: No" in page(pilot))
        await type_in(pilot, "<enter>")
        review = await shown(pilot, ReviewPage)
        await type_in(pilot, "f")
        await shown(pilot, RecordScreen)
        await type_in(pilot, "cb", "<enter>", "Omar Diaz", "<enter>", "1wd", "<f2>")
        await until(pilot, lambda: review.is_current and "Omar Diaz" in page(pilot))
        await type_in(pilot, "<escape>", "<escape>", "f")
        await until(pilot, lambda: "Omar Diaz" in page(pilot) and "What is due" in page(pilot))
        assert "Brook, Ty" in page(pilot)
        await type_in(pilot, "<enter>")
        await shown(pilot, ReviewPage)


async def test_while_the_disk_is_slow_the_screen_goes_on_and_the_key_is_not_lost(
    filled: Store,
) -> None:
    async with at_the_board(filled, size=(80, 24)) as pilot:
        await the_worklist(pilot)
        slow = threading.Event()
        late = threading.Timer(20, slow.set)  # so that a screen that waits for the disk fails here
        late.start()
        filled.submit(lambda db: slow.wait())
        typing = asyncio.create_task(type_in(pilot, "c"))
        await asyncio.sleep(0.3)
        assert not slow.is_set(), "the screen waited for the disk"
        assert "Cleared:" not in page(pilot)
        slow.set()
        late.cancel()
        await typing
        await until(pilot, lambda: "Cleared:" in page(pilot))
