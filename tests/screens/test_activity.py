"""Monday morning: the table of measures, a chart, a point of it, the contacts behind it, a note, new limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import Clock, a_colleague, close_one
from seated import at_the_board
from textual.pilot import Pilot

from spoc.model.forms.sheet import Person
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.reports.behind import BehindScreen
from spoc.screens.reports.chart import ChartScreen
from spoc.screens.reports.dashboard import DashboardScreen
from spoc.screens.reports.marking import MarkScreen
from spoc.screens.reports.supplying import SuppliedScreen
from spoc.storage.counts import marks
from spoc.storage.store import Store

WEEKS = [3, 0, 2, 4, 3]  # contacts in each whole week, Monday to Sunday


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    """Five whole weeks of contacts up to Sunday 15 November, and two in the week that runs."""
    begin = clock.at - timedelta(days=4, weeks=5)  # Monday 12 October, 09:00
    for week, count in enumerate([*WEEKS, 2]):
        for number in range(count):
            clock.at = begin + timedelta(weeks=week, days=number)
            service = "PAED" if number else "ED"
            child = Person(f"Child {week} {number}", "child", dob="2020-01-01")
            close_one(store, values={"service": service}, children=(child,))
    clock.at = begin + timedelta(weeks=5, days=4)
    return store


@asynccontextmanager
async def the_table(
    store: Store, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Pilot[Any], DashboardScreen]]:
    """The table, opened from the board, all of it read."""
    async with at_the_board(store, size=size) as pilot:
        await type_in(pilot, "a")
        screen = await shown(pilot, DashboardScreen)
        await until(pilot, lambda: len(screen.rows.items) > 1)
        yield pilot, screen


def page(pilot: Pilot[Any]) -> str:
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def words(screen: Any, name: str) -> str:
    return str(screen.query_one(f"#{name}").content)


async def test_the_table_names_each_measure_with_its_latest_whole_week(filled: Store) -> None:
    async with the_table(filled) as (pilot, screen):
        first = screen.rows.items[0].series
        assert first.measure.code == "contacts"
        assert first.values == tuple(map(float, WEEKS))
        assert "5 whole weeks" in words(screen, "message")
        said = page(pilot)
        assert "Latest" in said and "Contacts without maternity" in said and "no signal" in said


async def test_a_week_in_which_nobody_rang_is_nought_and_no_gap(filled: Store) -> None:
    async with the_table(filled) as (_, screen):
        assert screen.rows.items[0].series.values[1] == 0
        voice = next(
            each for each in screen.rows.items if each.series.measure.code == "voice-recorded"
        )
        assert set(voice.series.values) == {None}  # of fewer than ten, no percentage


async def test_from_a_point_to_exactly_the_contacts_that_it_counts(filled: Store) -> None:
    async with the_table(filled) as (pilot, _):
        await type_in(pilot, "<enter>")
        chart = await shown(pilot, ChartScreen)
        assert "9 Nov 2026 to 15 Nov 2026: 3 contacts" in words(chart, "point")
        await type_in(pilot, "<left>", "<enter>")
        behind = await shown(pilot, BehindScreen)
        assert len(behind.rows.items) == 4
        assert words(behind, "said").startswith("4 contacts, 2 Nov 2026 to 8 Nov 2026")
        await type_in(pilot, "<enter>")
        opened = await shown(pilot, ContactPage)
        assert opened.contact == behind.rows.items[0].row.id
        await type_in(pilot, "<escape>", "<escape>", "<escape>", "<escape>")
        await shown(pilot, BoardScreen)


async def test_children_are_counted_and_listed_once(filled: Store) -> None:
    async with the_table(filled) as (pilot, screen):
        at = next(
            n for n, each in enumerate(screen.rows.items) if each.series.measure.unit == "child"
        )
        await type_in(pilot, *["<down>"] * at, "<enter>")
        chart = await shown(pilot, ChartScreen)
        assert "3 childs" not in words(chart, "point")
        await type_in(pilot, "<enter>")
        behind = await shown(pilot, BehindScreen)
        assert sorted(each.words for each in behind.rows.items) == [
            "Child 4 0",
            "Child 4 1",
            "Child 4 2",
        ]
        assert words(behind, "said").startswith("3 children")


async def test_a_note_says_what_happened_and_by_whom(filled: Store) -> None:
    async with the_table(filled) as (pilot, _):
        await type_in(pilot, "<enter>")
        chart = await shown(pilot, ChartScreen)
        await type_in(pilot, "<left>", "n")
        await shown(pilot, MarkScreen)
        await type_in(pilot, "Quality check of requests [b]ended[/b]", "<enter>")
        await until(pilot, lambda: pilot.app.screen is chart)
        await until(pilot, lambda: "ended" in words(chart, "words"))
        assert "2 Nov 2026: Quality check of requests [b]ended[/b] (Ada Advisor)" in words(
            chart, "words"
        )


async def test_new_limits_are_a_decision_with_a_reason_and_a_name(filled: Store) -> None:
    async with the_table(filled) as (pilot, _):
        await type_in(pilot, "<enter>")
        chart = await shown(pilot, ChartScreen)
        await type_in(pilot, "<left>", "r")
        card = await shown(pilot, MarkScreen)
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: "Say who decided" in words(card, "message"))
        await type_in(pilot, "A second hospital joined", "<enter>", "Nora Named", "<enter>")
        await until(pilot, lambda: pilot.app.screen is chart)
        (mark,) = marks.of(filled, "contacts")
        assert (mark.kind, mark.by, f"{mark.day}") == ("rebase", "Nora Named", "2026-11-02")
        await until(pilot, lambda: "new limits from here" in words(chart, "words"))


async def test_a_measure_is_broken_down_by_one_field_after_another(filled: Store) -> None:
    async with the_table(filled) as (pilot, whole):
        await type_in(pilot, "b")
        await until(pilot, lambda: pilot.app.screen is not whole)
        parts = await shown(pilot, DashboardScreen)
        await until(pilot, lambda: len(parts.rows.items) == 2)
        sums = [sum(each.series.values) for each in parts.rows.items]
        assert sum(sums) == sum(WEEKS)
        await type_in(
            pilot,
            "<enter>",
        )
        await shown(pilot, ChartScreen)
        await type_in(pilot, "<enter>")
        behind = await shown(pilot, BehindScreen)
        assert len(behind.rows.items) == parts.rows.items[0].series.values[-1]
        await type_in(pilot, "<escape>", "<escape>", "b")
        await until(pilot, lambda: parts.by == "role")


async def test_months_instead_of_weeks_and_the_time_between(filled: Store) -> None:
    async with the_table(filled) as (pilot, _):
        await type_in(pilot, "<enter>")
        chart = await shown(pilot, ChartScreen)
        await type_in(pilot, "t")
        await until(pilot, lambda: "each event is a point" in words(chart, "words"))
        assert "0 days since the one before" in words(chart, "point") or "day" in words(
            chart, "point"
        )
        await type_in(pilot, "t", "w")
        await until(pilot, lambda: chart.series.kind == "month")


async def test_what_others_supply_is_typed_in_and_corrected_for_a_reason(
    filled: Store, clock: Clock
) -> None:
    async with the_table(filled, (80, 24)) as (pilot, table):
        await type_in(pilot, "s")
        listed = await shown(pilot, SuppliedScreen)
        at = [each.code for each, _ in listed.rows.items].index("training-compliance")
        await type_in(pilot, *["<down>"] * at, "<enter>")
        form = await shown(pilot, RecordScreen)
        assert [field.key for field in form.form][:3] == ["period", "numerator", "denominator"]
        said = ("2026-10", "<enter>", "410", "<enter>", "many", "<enter>", "L and D", "<enter>")
        await type_in(pilot, *said, "2/11/2026", "<f2>")
        await until(pilot, lambda: "“many” is not a number" in words(form, "message"))
        form.slots["denominator"].value = "480"
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: pilot.app.screen is listed)
        assert "Written: Staff trained" in page(pilot)
        assert "85.4 % of 480" in page(pilot) and "L and D" in page(pilot)
        await type_in(pilot, "<enter>")  # the same month again, without a reason
        form = await shown(pilot, RecordScreen)
        said = ("2026-10", "<enter>", "400", "<enter>", "480", "<enter>", "L and D", "<enter>")
        await type_in(pilot, *said, "2/11/2026", "<f2>")
        await until(pilot, lambda: "Say why it is corrected" in words(form, "message"))
        await type_in(pilot, "<enter>", "Counted twice.", "<f2>")
        await until(pilot, lambda: pilot.app.screen is listed)
        assert "83.3 % of 480" in page(pilot)
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is table)
        await until(
            pilot, lambda: any(each.series.title == "Staff trained" for each in table.rows.items)
        )


async def test_before_the_first_whole_week_it_says_when_charts_begin(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await type_in(pilot, "a")
        screen = await shown(pilot, DashboardScreen)
        await until(pilot, lambda: "No whole week" in words(screen, "message"))
        await type_in(pilot, "<enter>", "b", "<escape>")
        await shown(pilot, BoardScreen)


async def test_an_analyst_sees_the_charts_and_nobody_behind_them(filled: Store) -> None:
    analyst, _ = a_colleague(filled, "Ann Analyst", "analyst")
    async with at_the_board(filled, actor=analyst) as pilot:
        await type_in(pilot, "a")
        screen = await shown(pilot, DashboardScreen)
        await until(pilot, lambda: len(screen.rows.items) > 1)
        await type_in(pilot, "<enter>")
        chart = await shown(pilot, ChartScreen)
        await type_in(pilot, "<enter>", "n", "r")
        await pilot.pause()
        assert pilot.app.screen is chart


async def test_an_administrator_has_no_charts(filled: Store) -> None:
    admin, _ = a_colleague(filled, "Adam Admin", "admin")
    async with at_the_board(filled, actor=admin) as pilot:
        await type_in(pilot, "a")
        await pilot.pause()
        assert isinstance(pilot.app.screen, BoardScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_chart_keeps_its_words_at_every_size(
    filled: Store, size: tuple[int, int]
) -> None:
    async with the_table(filled, size) as (pilot, _):
        await type_in(pilot, "<enter>")
        await shown(pilot, ChartScreen)
        await pilot.pause()
        said = page(pilot)
        assert "Latest 3" in said and "Enter what is behind" in said and "┤" in said
