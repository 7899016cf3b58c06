"""The engine against a slow, plain recount over what the contacts say; weeks across clock changes and year ends."""

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samples import ADVISOR, SEEDED, Clock, a_sheet, close_one

from spoc.model.forms.sheet import Action, Person
from spoc.model.measures.measure import NOT_RECORDED
from spoc.model.measures.period import month, of_kind, parse_period, spans, week, year_before
from spoc.reports import returns
from spoc.reports import series as reading
from spoc.storage.contacts import contacts, drafts
from spoc.storage.counts import counting
from spoc.storage.store import Store

LONDON = ZoneInfo("Europe/London")
KNOWN = ["ED", "PAED", "MAT-WARD", "GP"]
SERVICES = [*KNOWN, "somebody from the ward"]
CATEGORIES = ["physical", "neglect", "no-abuse-process-query"]
ACTIONS = ["advice-only", "verbal-csc-caller", "verbal-csc-spoc", "eha-csc"]
# Around both clock changes, a year end and a leap day: what is received late at night is where counts go wrong.
AROUND = [
    datetime(2025, 3, 30, 0, 30),
    datetime(2025, 10, 26, 0, 30),
    datetime(2025, 12, 31, 23, 30),
    datetime(2024, 2, 29, 12, 0),
    datetime(2025, 6, 30, 23, 30),
]


@pytest.fixture
def filled(store: Store, clock: Clock) -> Store:
    """Eighty contacts of every kind, in no order, many at midnight and around the clock changes."""
    chance = random.Random(SEEDED)
    now = clock.at
    moments = sorted(
        (chance.choice(AROUND) + timedelta(minutes=chance.randint(-4000, 4000)) for _ in range(80)),
    )
    for number, moment in enumerate(moments):
        clock.at = moment.replace(tzinfo=UTC)
        child = Person(f"Child {number % 30}", "child", dob="2020-01-01", nhs_number="")
        sheet: dict[str, Any] = {
            "values": {
                "service": chance.choice(SERVICES),
                "category": chance.choice(CATEGORIES),
                "hours": chance.choice(["in-hours", "ooh-received-later"]),
                "voice": chance.choice(["", "own-words", "not-sought"]),
            },
            "children": (child,),
            "many": {"issues": tuple(chance.sample(["burn", "domestic-abuse", "poisoning"], 2))},
            "actions": tuple(
                Action(code, at=f"{moment.isoformat()}.000Z", who="desk", due="24h")
                for code in chance.sample(ACTIONS, 2)
            ),
        }
        if sheet["values"]["service"] in KNOWN:
            close_one(store, **sheet)
        else:  # words that are no code keep a contact open
            draft = drafts.new(store, ADVISOR)
            contacts.leave_open(store, ADVISOR, draft, a_sheet(clock.at, **sheet)).result()
    clock.at = now
    return store


def plain(store: Store) -> list[dict[str, Any]]:
    """Every contact as the tables have it, with what belongs to it: read row by row."""
    db = store.reader.conn
    found = []
    for record, received, service, category, hours, voice, issues, closed, sealed in db.execute(
        "SELECT id, received_at, service, category, hours, voice, issues, closed_at, sealed FROM contact"
        " WHERE _void = 0"
    ).fetchall():
        local = datetime.fromisoformat(received.replace("Z", "+00:00")).astimezone(LONDON)
        actions = db.execute("SELECT code FROM action WHERE contact = ?", (record,)).fetchall()
        children = db.execute(
            "SELECT person FROM contact_person WHERE contact = ? AND part = 'child'", (record,)
        ).fetchall()
        found.append(
            {
                "id": record.hex(), "day": local.date(), "service": service, "category": category,
                "hours": hours, "voice": voice, "issues": json.loads(issues or "[]"),
                "closed": closed is not None, "sealed": sealed is not None,
                "actions": {code for (code,) in actions}, "children": {each for (each,) in children},
            }
        )  # fmt: skip
    return found


def maternity(each: dict[str, Any]) -> bool:
    return each["service"] in ("MAT-WARD", "MAT-COMM")


def concern(each: dict[str, Any]) -> bool:
    return each["closed"] and not each["sealed"] and each["category"] in ("physical", "neglect")


RECOUNT = {
    "contacts": (lambda each: True, None),
    "contacts-less-maternity": (lambda each: not maternity(each), None),
    "out-of-hours": (lambda each: each["hours"] == "ooh-received-later", lambda each: True),
    "voice-recorded": (lambda each: concern(each) and each["voice"] == "own-words", concern),
    "verbal-requests": (
        lambda each: bool(each["actions"] & {"verbal-csc-caller", "verbal-csc-spoc"}),
        None,
    ),
    "eha-requests": (lambda each: "eha-csc" in each["actions"], None),
}


PERIODS = ["2025-03", "2025-10", "2025-12", "2025-26", "2025-Q4", "2025-W01", "2026-W01"]


def test_every_cell_is_what_a_plain_recount_finds(filled: Store) -> None:
    every = plain(filled)
    for period in PERIODS:
        _same_as_recount(filled, period, every)


def _same_as_recount(filled: Store, period: str, every: list[dict[str, Any]]) -> None:
    span = parse_period(period)
    within = [each for each in every if span.start <= each["day"] < span.end]
    made = returns.make(filled, ADVISOR, span, returns.recipient_of(filled, "icb"))
    cells = {cell.id: cell for cell in made.counted.cells}
    for code, (one, of) in RECOUNT.items():
        if code not in cells:
            continue
        assert sorted(cells[code].contacts) == sorted(each["id"] for each in within if one(each)), (
            code
        )
        assert cells[code].numerator == sum(map(one, within)), code
        if of:
            assert cells[code].denominator == sum(map(of, within)), code
    for by in ("service", "category", "hours"):
        names = filled.pack.lists[by]
        known = {each.code for each in names}
        parts = Counter(each[by] if each[by] in known else NOT_RECORDED for each in within)
        found = {
            name.split("/", 1)[1]: cell.value
            for name, cell in cells.items()
            if name.startswith(f"contacts-by-{by}/")
        }
        assert {code: number for code, number in found.items() if number} == dict(parts)
    if "children" in cells:
        assert cells["children"].value == len(set().union(*(each["children"] for each in within)))


def test_each_weeks_points_are_the_recount_of_monday_to_sunday(filled: Store) -> None:
    every = plain(filled)
    codes = [*RECOUNT, "contacts-and-reviews"]  # a sum of measures counts none of them twice
    measures = [filled.pack.counting.measures[code] for code in codes]
    found = reading.read(filled, ADVISOR, measures, "week")
    months = reading.read(filled, ADVISOR, measures, "month")
    for code, (one, _) in RECOUNT.items():
        for series in (found[code], months[code]):
            for span, (number, _) in zip(series.spans, series.numbers, strict=True):
                assert number == sum(
                    one(each) for each in every if span.start <= each["day"] < span.end
                ), (code, span)
    starts = [span.start for span in found["contacts"].spans]
    assert all(start.weekday() == 0 for start in starts)
    assert all(later - one == timedelta(7) for one, later in pairwise(starts))


def test_the_ids_behind_a_point_are_as_many_as_it_counts(filled: Store) -> None:
    for code in RECOUNT:
        measure = filled.pack.counting.measures[code]
        series = reading.read(filled, ADVISOR, [measure], "month")[code]
        for at, (number, _) in enumerate(series.numbers):
            ids = reading.behind(filled, ADVISOR, series, at)
            assert len(ids) == len(set(ids)) == number


def test_the_parts_of_a_breakdown_come_to_the_whole_week_by_week(filled: Store) -> None:
    measure = filled.pack.counting.measures["contacts"]
    whole = reading.read(filled, ADVISOR, [measure])["contacts"]
    for by in ("service", "category", "outcome"):
        parts = reading.read_parts(filled, ADVISOR, measure, by)
        for at, (number, _) in enumerate(whole.numbers):
            assert sum(part.numbers[at][0] for part in parts.values()) == number
        for part in parts.values():
            at = max(range(len(part.numbers)), key=lambda n: part.numbers[n][0])
            assert len(reading.behind(filled, ADVISOR, part, at)) == part.numbers[at][0]


@pytest.mark.parametrize(
    ("received", "day"),
    [
        ("2025-03-30T00:59", date(2025, 3, 30)),
        ("2025-06-30T22:59", date(2025, 6, 30)),
        ("2025-06-30T23:00", date(2025, 7, 1)),  # half past midnight, in summer
        ("2025-10-25T23:30", date(2025, 10, 26)),
        ("2025-10-26T23:30", date(2025, 10, 26)),
        ("2025-12-31T23:59", date(2025, 12, 31)),
    ],
)
def test_a_contact_belongs_to_its_day_in_london(
    store: Store, clock: Clock, received: str, day: date
) -> None:
    clock.at = datetime.fromisoformat(received).replace(tzinfo=UTC)
    close_one(store)
    measure = store.pack.counting.measures["contacts"]
    assert list(counting.daily(store, ADVISOR, [measure])["contacts"]) == [day]
    assert len(counting.ids(store, ADVISOR, measure, week(day))) == 1
    assert len(counting.ids(store, ADVISOR, measure, month(day))) == 1
    assert counting.begins(store, ADVISOR) == day


def test_a_contact_that_was_taken_back_counts_nowhere(store: Store) -> None:
    from spoc.model.ledger.entry import Command

    record = close_one(store)
    close_one(store)
    store.act(ADVISOR, [Command("contact", record, {"_void": True})]).result()
    measure = store.pack.counting.measures["contacts"]
    days = counting.daily(store, ADVISOR, [measure])["contacts"]
    assert [number for number, _ in days.values()] == [1]


@pytest.mark.parametrize("kind", ["week", "month", "quarter", "year"])
def test_periods_follow_one_another_without_a_gap(kind: str) -> None:
    found = spans(kind, date(2019, 12, 1), date(2027, 5, 1))
    assert all(one.end == later.start for one, later in pairwise(found))
    for each in found:
        again = parse_period(each.code)
        assert (again.start, again.end) == (each.start, each.end)
        assert of_kind(kind, each.start) == each


def test_the_year_before_a_week_begins_on_a_monday_and_a_leap_day_has_a_year_before() -> None:
    assert year_before(parse_period("2026-W40")).start.weekday() == 0
    assert year_before(parse_period("2024-02")).end == date(2023, 3, 1)
    assert year_before(parse_period("2024-25")).start == date(2023, 4, 1)
