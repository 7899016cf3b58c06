"""The engine against a slow, plain recount over what the contacts say; weeks across clock changes and year ends."""

import json
import random
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samples import ADVISOR, SEEDED, Clock, a_sheet, close_one, set_up

from spoc.model.forms.sheet import Action, Person
from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import Value
from spoc.model.measures.measure import NOT_RECORDED
from spoc.model.measures.period import Span, month, of_kind, parse_period, spans, week, year_before
from spoc.reports import returns
from spoc.reports import series as reading
from spoc.reports.recorded import NO_LIST
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.counts import counting
from spoc.storage.followups import followups
from spoc.storage.ledger import append
from spoc.storage.store import Store

LONDON = ZoneInfo("Europe/London")
KNOWN = ["ED", "PAED", "MAT-WARD", "GP"]
SERVICES = [*KNOWN, "somebody from the ward"]
CATEGORIES = ["physical", "neglect", "no-abuse-process-query"]
ACTIONS = ["advice-only", "verbal-csc-caller", "verbal-csc-spoc", "eha-csc", "rpd-opened"]
SITES = ["ED", "UTC/MIU", "a department without a code"]
# Around both clock changes, a year end and a leap day: what is received late at night is where counts go wrong.
AROUND = [
    datetime(2025, 3, 30, 0, 30),
    datetime(2025, 10, 26, 0, 30),
    datetime(2025, 12, 31, 23, 30),
    datetime(2024, 2, 29, 12, 0),
    datetime(2025, 6, 30, 23, 30),
]


_made: list[bytes] = []  # the bytes of the filled store: every test has a copy


@pytest.fixture
def filled(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Eighty contacts of every kind, in no order, many at midnight and around the clock changes."""
    if not _made:
        store = set_up(tmp_path, clock)
        _fill(store, clock)
        store.close()
        _made.append(store.path.read_bytes())
    store = set_up(tmp_path, clock, like=_made[0])
    yield store
    store.close()


def _fill(store: Store, clock: Clock) -> None:
    chance = random.Random(SEEDED)
    now = clock.at
    moments = sorted(
        (chance.choice(AROUND) + timedelta(minutes=chance.randint(-4000, 4000)) for _ in range(80)),
    )
    for number, moment in enumerate(moments):
        waited = timedelta(minutes=chance.choice([0, 0, 1, 59, 60, 61, 300]))  # until it was logged
        clock.at = moment.replace(tzinfo=UTC) + waited
        child = Person(f"Child {number % 30}", "child", dob="2020-01-01", nhs_number="")
        sheet: dict[str, Any] = {
            "values": {
                "service": chance.choice(SERVICES),
                "category": chance.choice(CATEGORIES),
                "hours": chance.choice(["in-hours", "ooh-received-later"]),
                "voice": chance.choice(["", "own-words", "not-sought"]),
                "rpd_step": chance.choice(["step-1", "step-2"]),
                "received_at": f"{moment.isoformat()}.000Z",
            },
            "children": (child,),
            "many": {"issues": tuple(chance.sample(["burn", "domestic-abuse", "poisoning"], 2))},
            "actions": tuple(
                Action(code, at=f"{moment.isoformat()}.000Z", who="desk", due="24h")
                for code in chance.sample(ACTIONS, 2)
            ),
            "read_back_at": chance.choice(["", f"{moment.isoformat()}.000Z"]),
        }
        if sheet["values"]["service"] in KNOWN:
            close_one(store, **sheet)
        else:  # words that are no code keep a contact open
            draft = drafts.new(store, ADVISOR)
            contacts.leave_open(store, ADVISOR, draft, a_sheet(clock.at, **sheet)).result()
    clock.at = now
    _ends_differences(store, chance)
    _attend(store, chance)


def _ends_differences(store: Store, chance: random.Random) -> None:
    """Most of the differences end, a few days or months after they were opened."""
    for each in followups.open_ones(store, ADVISOR):
        if each.code == "rpd-opened" and chance.random() < 0.7:
            began = datetime.fromisoformat(each.at.replace("Z", "+00:00")).astimezone(LONDON)
            ended = began + timedelta(days=chance.choice([1, 2, 30, 200]), hours=4)
            followups.end(store, ADVISOR, each, at=f"{ended:%d/%m/%Y %H:%M}").result()


def _attend(store: Store, chance: random.Random) -> None:
    """Sixty attendances at two departments and at one without a code, some of adults, some reviewed."""
    said: list[Command] = []
    for _ in range(60):
        arrived = chance.choice(AROUND) + timedelta(minutes=chance.randint(-4000, 4000))
        record, review = append.new_id(store.now()), append.new_id(store.now())
        fields: dict[str, Value] = {
            "site": chance.choice(SITES),
            "arrived": f"{arrived:%Y-%m-%dT%H:%M}",
            "adult": chance.choice([None, None, None, True]),
        }
        for flag in chance.choice([[], ["REPEAT"], ["REPEAT-NEAR"], ["INJURY", "REPEAT"]]):
            fields[f"flags.{flag}"] = True
        if chance.random() < 0.6:
            fields["reviewed"] = review.hex()
            code = chance.choice(["clear", "shared", "advice-contact"])
            done: dict[str, Value] = {
                "attendance": record.hex(),
                "disposition": code,
                "at": "2026-11-19T10:00:00.000Z",
            }
            said.append(Command("review", review, done))
        said.append(Command("attendance", record, fields))
        held: dict[str, Value] = {"site": "ED", "day": f"{arrived:%Y-%m-%d}"}
        said.append(Command("listing", append.new_id(store.now()), held))
    store.act(ADVISOR, said).result()


COLUMNS = [
    "id", "received_at", "opened_at", "service", "category", "hours", "voice", "rpd_step", "closed_at", "sealed", "read_back_at",
]  # fmt: skip
Plain = dict[str, Any]  # one record: its id, its day, and what a recount asks of it


def plain(store: Store) -> list[Plain]:
    """Every contact as the tables have it, with what belongs to it: read row by row."""
    db = store.reader.conn
    found = []
    for values in db.execute(
        f"SELECT {', '.join(COLUMNS)} FROM contact WHERE _void = 0"
    ).fetchall():
        own = dict(zip(COLUMNS, values, strict=True))
        record = own["id"]
        actions = db.execute("SELECT code FROM action WHERE contact = ?", (record,)).fetchall()
        children = db.execute(
            "SELECT person FROM contact_person WHERE contact = ? AND part = 'child'", (record,)
        ).fetchall()
        found.append(
            own
            | {
                "id": record.hex(),
                "day": _local(own["received_at"]),
                "late": _at(own["opened_at"]) - _at(own["received_at"]) > timedelta(minutes=60),
                "closed": own["closed_at"] is not None,
                "read": own["read_back_at"] is not None,
                "actions": {code for (code,) in actions},
                "children": {each for (each,) in children},
            }
        )
    return found


def attended(store: Store) -> list[Plain]:
    """Every attendance of a child, with what its review found."""
    db = store.reader.conn
    found = []
    for record, arrived, site, reviewed, flags in db.execute(
        "SELECT id, arrived, site, reviewed, flags FROM attendance"
        " WHERE _void = 0 AND adult IS NULL AND state IS NULL"
    ).fetchall():
        ended = db.execute("SELECT disposition FROM review WHERE id = ?", (reviewed,)).fetchone()
        found.append(
            {
                "id": record.hex(), "day": date.fromisoformat(arrived[:10]), "site": site,
                "reviewed": ended is not None, "disposition": ended[0] if ended else None,
                "flags": json.loads(flags or "[]"),
            }
        )  # fmt: skip
    return found


def differences(store: Store) -> list[Plain]:
    """Every difference between agencies: the day it was opened, the day it ended, and the days between."""
    rows = store.reader.conn.execute(
        "SELECT id, at, ended_at FROM action WHERE code = 'rpd-opened' AND _void = 0"
    ).fetchall()
    return [
        {
            "id": record.hex(), "day": _local(at), "ended": _local(ended) if ended else None,
            "days": (_at(ended) - _at(at)).total_seconds() / 86400 if ended else None,
        }
        for record, at, ended in rows
    ]  # fmt: skip


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _local(text: str) -> date:
    return _at(text).astimezone(LONDON).date()


def maternity(each: Plain) -> bool:
    return each["service"] in ("MAT-WARD", "MAT-COMM")


def concern(each: Plain) -> bool:
    return each["closed"] and each["sealed"] is None and each["category"] in ("physical", "neglect")


Asks = Callable[[Plain], bool]
RECOUNT: dict[str, tuple[Asks, Asks | None]] = {
    "contacts": (lambda each: True, None),
    "contacts-less-maternity": (lambda each: not maternity(each), None),
    "out-of-hours": (lambda each: each["hours"] == "ooh-received-later", lambda each: True),
    "late-entries": (lambda each: each["late"], None),
    "voice-recorded": (lambda each: concern(each) and each["voice"] == "own-words", concern),
    "read-back-given": (lambda each: concern(each) and each["read"], concern),
    "verbal-requests": (
        lambda each: bool(each["actions"] & {"verbal-csc-caller", "verbal-csc-spoc"}),
        None,
    ),
    "eha-requests": (lambda each: "eha-csc" in each["actions"], None),
    "differences-opened": (lambda each: "rpd-opened" in each["actions"], None),
}
# The same of attendances.
ATTENDED: dict[str, tuple[Asks, Asks | None]] = {
    "ed-attendances": (lambda each: True, None),
    "ed-reviewed": (lambda each: each["reviewed"], lambda each: True),
    "ed-reviews": (lambda each: each["reviewed"], None),
    "ed-reviews-concern": (lambda each: each["reviewed"] and each["disposition"] != "clear", None),
    "frequent-attenders": (lambda each: "REPEAT" in each["flags"], None),
}
# What adds up contacts and attendances.
SUMS = {
    "contacts-and-reviews": ("contacts-less-maternity", "ed-reviews-concern"),
    "contacts-and-all-reviews": ("contacts-less-maternity", "ed-reviews"),
}
# The breakdowns: measure, field, list of codes.
PARTS = [
    ("contacts", "service", "service"),
    ("contacts", "category", "category"),
    ("contacts", "hours", "hours"),
    ("differences-opened", "rpd_step", "rpd-step"),
    ("ed-attendances", "site", "service"),
    ("ed-reviews", "site", "service"),
    ("ed-reviews", "disposition", "disposition"),
    ("frequent-attenders", "site", "service"),
]
Ids = tuple[frozenset[str], frozenset[str]]  # of numerator and denominator


def recounted(store: Store, span: Span) -> dict[str, Ids]:
    """The ids behind each cell of a return that is counted here a second time."""
    found: dict[str, Ids] = {}
    kinds = dict.fromkeys(RECOUNT, plain) | dict.fromkeys(ATTENDED, attended)
    rows = {read: [each for each in read(store) if span.start <= each["day"] < span.end] for read in (plain, attended)}  # fmt: skip
    for code, (one, of) in (RECOUNT | ATTENDED).items():
        within = rows[kinds[code]]
        found[code] = _ids(within, one), _ids(within, of) if of else frozenset()
    for code, added in SUMS.items():
        found[code] = frozenset().union(*(found[each][0] for each in added)), frozenset()
    for code, by, codes in PARTS:
        known = {each.code for each in store.pack.lists[codes]}
        for each in rows[kinds[code]]:
            if each["id"] in found[code][0]:
                part = f"{code}-by-{by}/{each[by] if each[by] in known else NOT_RECORDED}"
                before = found.get(part, (frozenset[str](), frozenset[str]()))
                found[part] = before[0] | {each["id"]}, before[1]
    still = [
        each["id"]
        for each in differences(store)
        if each["day"] < span.end and (each["ended"] is None or each["ended"] >= span.end)
    ]
    found["differences-open"] = frozenset(still), frozenset()
    return found


def _ids(rows: list[Plain], so: Asks) -> frozenset[str]:
    return frozenset(each["id"] for each in rows if so(each))


PERIODS = ["2025-03", "2025-10", "2025-12", "2025-26", "2025-Q4", "2025-W01", "2026-W01"]


def test_every_cell_is_what_a_plain_recount_finds(filled: Store) -> None:
    met: set[str] = set()
    for period in PERIODS:
        met |= _same_as_recount(filled, parse_period(period))
    assert {
        "differences-open",
        "frequent-attenders",
        "read-back-given",
    } <= met  # none of them empty throughout


def _same_as_recount(filled: Store, span: Span) -> set[str]:
    """The cells that count anything in a period, each of them found right."""
    made = returns.make(filled, ADVISOR, span, returns.recipient_of(filled, "icb"))
    cells = {cell.id: cell for cell in made.counted.cells}
    found = recounted(filled, span)
    for name, (one, of) in found.items():
        if name.partition("-by-")[0] not in cells:
            continue
        if cells[name].note == NO_LIST:
            assert not found["ed-attendances"][0], (name, span)
            continue
        assert sorted(cells[name].contacts) == sorted(one), (name, span)
        assert cells[name].numerator == len(one), (name, span)
        assert frozenset(cells[name].of) == of and (cells[name].denominator or 0) == len(of), name
    for name, cell in cells.items():  # what the recount does not know of a breakdown is empty
        whole, _, by = name.partition("-by-")
        if (whole, by.partition("/")[0]) in {(code, by) for code, by, _ in PARTS}:
            assert frozenset(cell.contacts) == found.get(name, (frozenset(), ()))[0], (name, span)
    before = recounted(filled, year_before(span))
    for code in ("contacts-less-maternity", *SUMS):
        cell = cells.get(f"{code}/year-before")
        if cell is not None and cell.value is not None:
            assert cell.value == len(before[code][0]), (code, span)
    if "children" in cells:
        within = [each for each in plain(filled) if span.start <= each["day"] < span.end]
        assert cells["children"].value == len(set().union(*(each["children"] for each in within)))
    if "differences-days-open" in cells:
        days = [
            each["days"]
            for each in differences(filled)
            if each["days"] is not None and span.start <= each["day"] < span.end
        ]
        value = round(statistics.median(days), 1) if days else None
        assert (cells["differences-days-open"].value, cells["differences-days-open"].denominator) == (value, len(days))  # fmt: skip
    return {name for name, (one, _) in found.items() if one}


def test_each_weeks_points_are_the_recount_of_monday_to_sunday(filled: Store) -> None:
    codes = [*RECOUNT, *ATTENDED, *SUMS, "differences-open"]
    measures = [filled.pack.counting.measures[code] for code in codes]
    found = reading.read(filled, ADVISOR, measures, "week")
    months = reading.read(filled, ADVISOR, measures, "month")
    for series in (found, months):
        for span in series["contacts"].spans[:: 3 if series is found else 1]:
            counted = recounted(filled, span)
            for code in codes:
                points = dict(zip(series[code].spans, series[code].numbers, strict=True))
                if span in points:
                    assert points[span][0] == len(counted[code][0]), (code, span)
    share = found["out-of-hours"]  # a percentage of fewer than ten is no weekly point
    drawn = [
        of for (_, of), value in zip(share.numbers, share.values, strict=True) if value is not None
    ]
    left = [of for (_, of), value in zip(share.numbers, share.values, strict=True) if value is None]
    assert drawn and min(drawn) >= 10 > max(left) > 0
    starts = [span.start for span in found["contacts"].spans]
    assert all(start.weekday() == 0 for start in starts)
    assert all(later - one == timedelta(7) for one, later in pairwise(starts))


def test_the_ids_behind_a_point_are_as_many_as_it_counts(filled: Store) -> None:
    for code in (*RECOUNT, "frequent-attenders", "differences-open"):
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
