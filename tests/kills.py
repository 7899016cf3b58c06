"""Killing a program that saves as fast as it can, at random moments, and looking at what it left."""

import random
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep

from samples import ADVISOR, KEY, a_sheet, set_up

from spoc.model.chain import Heads
from spoc.model.sheet import Sheet
from spoc.storage import contacts, drafts
from spoc.storage.store import open_store
from spoc.storage.verify import verify

TESTS = Path(__file__).parent

# Says each save once its future is done: "draft 7", "close <id>".
SAVING = f"""
import sys
sys.path[:0] = [{str(TESTS.parent)!r}, {str(TESTS)!r}]
from kills import save_on
save_on(sys.argv[1], int(sys.argv[2]))
"""


@dataclass(slots=True)
class Killed:
    """What was acknowledged over all rounds, and was found again."""

    kills: int = 0
    closes: int = 0
    drafts: int = 0
    behind: int = 0  # rounds in which a save was on disk before it was acknowledged


def numbered(sheet: Sheet, number: int) -> Sheet:
    return replace(sheet, notes=f"Save {number}.")


def save_on(folder: str, number: int) -> None:
    """In the child: save a draft again and again, closing another contact after every third save."""
    store = open_store(Path(folder), KEY)
    ours = next(iter(drafts.waiting(store, ADVISOR)), None) or drafts.new(store, ADVISOR)
    sheet = a_sheet(store.now())
    while True:
        number += 1
        drafts.save(store, ours, numbered(sheet, number)).result()
        print(f"draft {number}", flush=True)
        if number % 3 == 0:
            other = drafts.new(store, ADVISOR)
            drafts.save(store, other, sheet)
            contacts.close(store, ADVISOR, other, sheet).result()
            print(f"close {other.id.hex()}", flush=True)


def kill_often(folder: Path, kills: int, seed: int) -> Killed:
    """Kill the saving child this many times; asserts after each that nothing acknowledged is lost."""
    chance, found = random.Random(seed), Killed()
    set_up(folder).close()
    closed: set[str] = set()
    saved = 0
    heads: Heads | None = None
    for _ in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", SAVING, str(folder), str(saved)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout
        said = [child.stdout.readline()]
        sleep(chance.uniform(0, 0.12))
        child.kill()
        said += child.stdout.read().splitlines()
        child.wait()
        found.kills += 1
        for line in said:
            kind, _, what = line.strip().partition(" ")
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
