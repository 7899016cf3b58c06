"""Kills a program that saves as fast as it can, at random moments, and looks at what it left."""

import random
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import sleep

from children import Child, Say
from samples import ADVISOR, GENERIC, KEY, a_sheet, close_one, set_up

from spoc.model.forms.sheet import Sheet
from spoc.model.ledger.chain import Heads
from spoc.model.rules.codes import Pack
from spoc.storage.contacts import contacts
from spoc.storage.contacts.call import drafts
from spoc.storage.driver import Database, connect
from spoc.storage.search import indexing
from spoc.storage.secrecy.rekeying import rekey
from spoc.storage.start import open_store
from spoc.storage.store import Store
from spoc.storage.upkeep.verify import verify


@dataclass(slots=True)
class Killed:
    """What was acknowledged over all rounds, and was found again."""

    kills: int = 0
    closes: int = 0
    drafts: int = 0
    behind: int = 0  # rounds in which a save was on disk before it was acknowledged


def numbered(sheet: Sheet, number: int) -> Sheet:
    return replace(sheet, notes=f"Save {number}.")


def save_on(folder: Path, number: int, say: Say) -> None:
    """In the child: save a draft again and again, closing another contact after every third save; it says
    each ("draft 7", "close <id>") once its future is done."""
    store = open_store(folder, KEY)
    ours = next(iter(drafts.waiting(store, ADVISOR)), None) or drafts.new(store, ADVISOR)
    sheet = a_sheet(store.now())
    while True:
        number += 1
        drafts.save(store, ours, numbered(sheet, number)).result()
        say(f"draft {number}")
        if number % 3 == 0:
            other = drafts.new(store, ADVISOR)
            drafts.save(store, other, sheet)
            contacts.close(store, ADVISOR, other, sheet).result()
            say(f"close {other.id.hex()}")


def kill_often(folder: Path, kills: int, seed: int) -> Killed:
    """Kill the saving child this many times; asserts after each that nothing acknowledged is lost."""
    chance, found = random.Random(seed), Killed()
    set_up(folder).close()
    closed: set[str] = set()
    saved = 0
    heads: Heads | None = None
    for _ in range(kills):
        child = Child(save_on, folder, saved)
        said = [child.hear()]
        sleep(chance.uniform(0, 0.12))
        said += child.kill()
        found.kills += 1
        for each in said:
            kind, _, what = each.partition(" ")
            if kind == "close":
                closed.add(what)
            elif kind == "draft" and what:
                saved = int(what)

        store = open_store(folder, KEY)
        shown = {row.id.hex() for row in contacts.recent(store, ADVISOR, 1_000_000)}
        assert closed <= shown, f"{len(closed - shown)} acknowledged contacts are lost"
        assert len(shown - closed) <= 1, "more was written than could be under way"
        ours = drafts.waiting(store, ADVISOR)[0]
        number = int(ours.sheet.notes.strip("Save ."))
        assert saved <= number <= saved + 1, f"the draft is at {number}, {saved} was acknowledged"
        found.behind += number - saved
        saved, closed = number, shown
        report = verify(store, since=heads)
        assert report.findings == ()
        heads = report.heads
        store.close()
    store = open_store(folder, KEY)
    assert verify(store).sound
    store.close()
    found.closes, found.drafts = len(closed), saved
    return found


# -- while search is brought up to date ------------------------------------------------------------


def edited(word: str = "Thermal injury") -> Pack:
    """A pack in which every contact's issue has another label."""
    codes = tuple(
        replace(code, label=word) if code.code == "burn" else code
        for code in GENERIC.lists["issue"]
    )
    return replace(GENERIC, digest=word, lists=dict(GENERIC.lists) | {"issue": codes})


def step(store: Store, db: Database) -> str:
    """One batch of it, without the pauses."""
    return indexing.step(db, store.tables, store.pack, {})


def go_on(folder: Path, say: Say) -> None:
    """In the child: bring search up to date, and close a contact now and then."""
    store = open_store(folder, KEY, pack=edited())
    say("open")
    batches = 0
    while store.submit(partial(step, store), bulk=True).result():
        batches += 1
        if batches % 5 == 0:
            close_one(store, notes="Closed meanwhile.")


# -- while the key changes ---------------------------------------------------------------------------


def change_key(store: Path, key: bytes, new: bytes, say: Say) -> None:
    """In the child: write the whole store anew under another key."""
    connect(store, key).conn.close()
    say("now")
    rekey(store, key, new)
