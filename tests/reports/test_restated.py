"""What comes after a freeze shows in the restatement and nowhere else, against a slow, plain recount."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from samples import ADVISOR, SEEDED, Clock, close_one, set_up
from test_recount import CATEGORIES, KNOWN, Ids, recounted

from spoc.model.forms.sheet import Action, Person
from spoc.model.measures.period import parse_period
from spoc.reports import explaining, returns
from spoc.reports.recorded import NO_LIST
from spoc.storage.contacts import contacts
from spoc.storage.counts import submissions
from spoc.storage.followups import followups
from spoc.storage.store import Store

MONTHS = [parse_period(f"2026-{month}") for month in ("08", "09", "10")]
CHANGES: dict[str, list[str]] = {
    "service": KNOWN,
    "category": CATEGORIES,
    "hours": ["in-hours", "ooh-received-later"],
    "voice": ["own-words", "not-sought"],
}


def take(store: Store, clock: Clock, chance: random.Random) -> bytes:
    """Write down a contact that was received on some day of the three months, with an open difference."""
    moment = datetime(2026, 8, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(92 * 24 * 60))
    received = f"{moment:%Y-%m-%dT%H:%M}:00.000Z"
    values = {key: chance.choice(codes) for key, codes in CHANGES.items()}
    return close_one(
        store,
        values=values | {"received_at": received, "rpd_step": "step-1"},
        children=(Person(f"Child {chance.random()}", "child", dob="2020-01-01"),),
        actions=(Action("rpd-opened", at=received, who="desk", due="3wd"),),
    )


def freeze(store: Store) -> None:
    to = returns.recipient_of(store, "icb")
    for span in MONTHS:
        made = returns.make(store, ADVISOR, span, to)
        submissions.keep(
            store, ADVISOR, span, to.code, made.counted, made.hidden, signed_by="Nora Named"
        ).result()


def change(store: Store, clock: Clock, chance: random.Random) -> set[str]:
    """One act after the freeze: an amendment, a late entry or the end of a difference; the ids it touches."""
    kind = chance.choice(["amend", "amend", "late", "end"])
    still = [each for each in followups.open_ones(store, ADVISOR) if each.code == "rpd-opened"]
    if kind == "late":
        new = take(store, clock, chance)
        return {new.hex(), *_of(store, new)}
    if kind == "end" and still:
        each = chance.choice(still)
        began = datetime.fromisoformat(each.at.replace("Z", "+00:00"))
        ended = began + timedelta(days=chance.choice([1, 40, 70]))
        followups.end(store, ADVISOR, each, at=f"{min(ended, clock.at):%d/%m/%Y %H:%M}").result()
        return {each.id.hex()}
    record = chance.choice([each.id for each in contacts.recent(store, ADVISOR, 100)])
    key = chance.choice(list(CHANGES))
    part = contacts.get(store, ADVISOR, record)[0]
    contacts.amend(store, ADVISOR, part, {key: chance.choice(CHANGES[key])}, "Put right.").result()
    return {record.hex()}


def _of(store: Store, contact: bytes) -> set[str]:
    """What belongs to a contact and is counted by itself: what was promised in it, its children."""
    rows = store.reader.conn.execute(
        "SELECT id FROM action WHERE contact = ?1 UNION SELECT person FROM contact_person WHERE contact = ?1",
        (contact,),
    ).fetchall()
    return {each.hex() for (each,) in rows}


def restated(store: Store, chance: random.Random, clock: Clock, acts: int) -> None:
    """Contacts, three frozen months, some acts: each month restates exactly what the recount finds otherwise."""
    for _ in range(9):
        take(store, clock, chance)
    before = {span: recounted(store, span) for span in MONTHS}
    freeze(store)
    to = returns.recipient_of(store, "icb")
    kept = {span: submissions.frozen(store, span, to.code) for span in MONTHS}
    clock.step(minutes=5)
    touched = set[str]().union(*(change(store, clock, chance) for _ in range(acts)))
    for span in MONTHS:
        now, made = recounted(store, span), returns.make(store, ADVISOR, span, to)
        said = {each["id"]: each for each in explaining.compared(store, ADVISOR, made)["changes"]}
        known = {cell.id for cell in made.counted.cells if cell.note != NO_LIST}
        none: Ids = (frozenset(), frozenset())
        for name in (before[span].keys() | now.keys()) & known:
            was, new = before[span].get(name, none), now.get(name, none)
            gone, come = _left(was, new), _left(new, was)
            assert bool(gone or come) == (name in said), (name, span)
            if name in said:
                assert said[name]["added"] == sorted(come) and said[name]["removed"] == sorted(gone)
        for each in said.values():  # what the recount does not know is restated by these acts alone
            assert {*each["added"], *each["removed"]} <= touched, (each["id"], span)
            assert each["entries"], (each["id"], span)
            assert {entry["contact"] for entry in each["entries"]} <= touched
        assert (
            submissions.frozen(store, span, to.code) == kept[span]
        )  # what was frozen stays as it was


def _left(was: Ids, now: Ids) -> frozenset[str]:
    """What stood above or below the line and does not any more."""
    return (was[0] - now[0]) | (was[1] - now[1])


def run_one(acts: int, seed: int) -> None:
    with TemporaryDirectory() as folder:
        clock: Any = Clock()
        store = set_up(Path(folder), clock)
        try:
            restated(store, random.Random(seed), clock, acts)
        finally:
            store.close()


def test_what_comes_after_a_freeze_shows_in_the_restatement_and_nowhere_else() -> None:
    run_one(5, SEEDED)


@pytest.mark.long
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a shorter run is no simpler one
    suppress_health_check=[HealthCheck.too_slow],
)
@given(acts=st.integers(0, 8), seed=st.integers(0, 1 << 32))
def test_whatever_comes_after_a_freeze_shows_in_the_restatement_and_nowhere_else(
    acts: int, seed: int
) -> None:
    run_one(acts, seed ^ SEEDED)
