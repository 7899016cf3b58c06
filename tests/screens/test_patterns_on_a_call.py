"""A rule set that a named professional adopted shows on the call: what was counted, by which rule, of which source."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from keyboard import shown, type_in, until
from samples import Clock, close_one
from screens.conftest import PASSPHRASE, page
from seated import at_the_board
from textual.pilot import Pilot

from spoc.cli.commands import commands
from spoc.model.forms.sheet import Person
from spoc.model.ledger.entry import Command
from spoc.model.ledger.table import Value
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.prompt import PromptScreen
from spoc.storage import set_up
from spoc.storage.contacts import contacts
from spoc.storage.desk import Desk, sign_in
from spoc.storage.ledger import append
from spoc.storage.persons import patterns, statements


def visits(desk: Desk, child: bytes, *at: tuple[str, str, str]) -> None:
    """ED attendances of a child: when, at which site, of which category."""
    for arrived, site, category in at:
        fields: dict[str, Value] = {
            "person": child.hex(), "arrived": arrived, "site": site, "attendance_category": category,
        }  # fmt: skip
        new = append.new_id(desk.store.now())
        desk.store.act(desk.actor, [Command("attendance", new, fields)]).result()


def child_of(desk: Desk, name: str, **more: Any) -> bytes:
    """A child whom a contact named."""
    done = close_one(desk.store, desk.actor, children=(Person(name, "child"),), **more)
    parts = contacts.get(desk.store, desk.actor, done)
    return next(each.id for each in parts if each.part == "child")


async def test_a_pattern_shows_on_the_call_once_its_rule_set_is_adopted(
    tmp_path: Path, cheap: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOC_PASSPHRASE", PASSPHRASE)
    place = tmp_path / "desk"
    set_up.prepare(
        place, "Somerset", "Musgrove", "Nina Named", "named-professional", PASSPHRASE
    ).commit()
    clock.at -= timedelta(days=60)
    desk = sign_in(place, PASSPHRASE, now=clock, window=False)
    beaten = {"issues": ("domestic-abuse",)}
    tyler = child_of(desk, "Brook, Tyler", many=beaten)
    sister = child_of(desk, "Brook, Lea", many=beaten)
    clock.at += timedelta(days=60)
    link = statements.command(desk.store, "household", tyler, {"relation": "sibling", "other": sister.hex()})  # fmt: skip
    statements.write(desk.store, desk.actor, [link]).result()
    for _ in range(2):
        known = Person("Brook, Tyler", "child", tyler.hex())
        close_one(desk.store, desk.actor, children=(known,), many=beaten, closed_anyway="test")
    visits(
        desk, tyler, ("2026-10-01T09:00", "ED-MPH", "1"), ("2026-10-08T09:00", "ED-MPH", "4"),
        ("2026-11-01T09:00", "ED-YDH", "1"), ("2026-11-01T21:00", "ED-MPH", "1"), ("2026-11-09T09:00", "ED-MPH", "1"),
    )  # fmt: skip
    try:
        async with at_the_board(desk.store, actor=desk.actor, size=(80, 24)) as pilot:
            call = await names_him(pilot)
            assert "T17" not in [each.code for each in call.now.fired]
            assert commands(["--store", str(place), "pack", "adopt", "DA-4"]) == 0
            patterns.adopt(desk.store, desk.actor, "FA-STOKE").result()
            await type_in(pilot, "<f9>")
            call = await names_him(pilot)
            assert "T17" in [each.code for each in call.now.fired]
            panel = " ".join(str(call.query_one("#side").content).split())
            assert "4 in 6 months" in panel and "(DA-4)" in panel
            assert "3 in 6 months; one more by 1 Apr 2027 makes 4 (FA-STOKE)" in panel
            await type_in(pilot, "<f6>")
            card = await shown(pilot, PromptScreen)
            while card.prompt.code != "T17":
                await until(pilot, lambda: card.fresh)
                await type_in(pilot, "n")
            told = " ".join(str(card.query_one("#body").content).split())
            hit = (
                "4 in 6 months: 21 Sep 2026, 21 Sep 2026 (Brook, Lea), 20 Nov 2026, 20 Nov 2026"
                " (DA-4: January 2018, a local policy of that year; adopted "
            )
            assert hit in told and "by Nina Named). Discuss with the designated nurse." in told
            assert "3 in 6 months; one more by 1 Apr 2027 makes 4 (FA-STOKE; adopted" in told
            assert "What was counted" in page(pilot)
    finally:
        desk.close()


async def names_him(pilot: Pilot[Any]) -> ContactScreen:
    """A new call on which the child is named."""
    await type_in(pilot, "n")
    call: ContactScreen = await shown(pilot, ContactScreen)
    call._go("child")
    await type_in(pilot, "brook, tyler")
    await until(pilot, lambda: call.strip.offered)
    await type_in(pilot, "<enter>")
    await until(pilot, lambda: call.sheet.children)
    return call
