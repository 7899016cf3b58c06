"""From a key to its letter on the screen: the fields of the contact beside a bare input, by turns.

The form is the real one: drafts are saved while it is typed in, candidates are looked up and shown.
And from the last key of a word to the draft with that word in it, safe on the disk.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter, sleep

from bench import made_up
from bench.bare import WORD
from bench.board import unlock
from bench.figures import MS, Figure, median, p95
from bench.terminal import Terminal, environment
from spoc.guidance.patterns import patterns as rule_sets
from spoc.model.forms.sheet import Person
from spoc.storage.desk import Desk
from spoc.storage.persons import patterns, statements, timeline
from spoc.storage.store import Store, utc_now

BUDGET = 2.0  # times a bare input
DRAFT_BUDGET = 300  # milliseconds
EVERY = 0.03  # seconds between keys: as fast as a key that is held down
LOOKED_AFTER = 0.5  # seconds after sign-in until the store's own checks are over
ENOUGH = 100  # keys, below which a 95th percentile says nothing
CLEAR = "\x15"  # Ctrl+U empties a line
KNOWN, HOUSEHOLD, EVENTS = "Quillfeather, Odette", 12, 500
CONTACTS, BATCH = 250, 25  # with a note and an outcome each, that many events and more
_CHILD = 7  # times Tab from the first field to the child's name


@dataclass(frozen=True, slots=True)
class Place:
    """A field: how many times Tab from the first, the label it stands beside, what is typed there."""

    name: str
    tabs: int
    label: str
    words: tuple[str, ...]


PLACES = (
    Place("caller, looked up in the store", 0, "Caller", ("brook", "larchf", "ash amy", "reedm")),
    Place("coded field with candidates", 1, "Service", ("health v", "school", "ed nur", "polic")),
    Place("text field", 3, "Call-back no.", ("01632 9601", "ext 4521", "ward 7", "bleep 18")),
    Place("notes page", -1, "Notes", ("fell from", "seen by", "mother", "advised")),
)


def measure(folder: Path, keys: int, places: Sequence[Place] = PLACES) -> list[Figure]:
    """Type in each field and in the bare input by turns, a word at a time."""
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    figures = []
    with Terminal("bench.bare", env) as bare, Terminal("spoc", env) as spoc:
        bare.painted(WORD)
        unlock(spoc)
        spoc.rest(perf_counter() + LOOKED_AFTER)
        _new_call(spoc)
        at = 0
        for place in places:
            _tab(spoc, place.tabs - at)
            at = place.tabs
            figures += _echo(bare, spoc, place, keys, f"key echo: {place.name}")
    return figures


def measure_known(folder: Path, keys: int) -> list[Figure]:
    """Type in a call beside a child who is known: so many in the household, so many events, every rule set adopted."""
    desk = made_up.make(folder, 0, "named-professional")
    try:
        known_child(desk)
    finally:
        desk.close()
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    figures = []
    with Terminal("bench.bare", env) as bare, Terminal("spoc", env) as spoc:
        bare.painted(WORD)
        unlock(spoc)
        spoc.rest(perf_counter() + LOOKED_AFTER)
        _new_call(spoc)
        _tab(spoc, _CHILD)
        spoc.send(KNOWN.split(",")[0].lower())
        spoc.until(lambda: KNOWN in spoc.text)
        spoc.send("\r")
        spoc.until(lambda: "in the household" in spoc.text)
        spoc.rest(perf_counter() + LOOKED_AFTER)
        at = _CHILD + 1
        for place in PLACES[2:]:
            _tab(spoc, place.tabs - at)
            at = place.tabs
            what = f"key echo beside {HOUSEHOLD} in a household and {EVENTS} events: {place.name}"
            figures += _echo(bare, spoc, place, keys, what)
    return figures


def known_child(desk: Desk) -> None:
    """A child with many events, of a large household, and every rule set adopted."""
    store, actor = desk.store, desk.actor
    made_up.close_all(
        desk, [made_up.a_sheet(utc_now(), children=(Person(KNOWN, "child"),))], [utc_now()]
    )
    (own,) = store.reader.conn.execute("SELECT id FROM person WHERE name = ?", (KNOWN,)).fetchone()
    known = Person(KNOWN, "child", own.hex())
    for batch in range(CONTACTS // BATCH):
        times = [utc_now() - timedelta(days=9 * (batch * BATCH + n)) for n in range(BATCH)]
        made_up.close_all(desk, [made_up.a_sheet(at, children=(known,)) for at in times], times)
    for number in range(HOUSEHOLD):
        said = {"name": f"Quillfeather, {number}", "relation": "sibling" if number else "mother"}
        statements.add_member(store, actor, own, said).result()
    for rule in rule_sets().rules:
        patterns.adopt(store, actor, rule).result()
    events = len(timeline.of_person(store, actor, own))
    assert events >= EVENTS, events


def _echo(bare: Terminal, spoc: Terminal, place: Place, keys: int, what: str) -> list[Figure]:
    """How long letters take in one field, and in the bare input, by turns."""
    floor: list[float] = []
    ours: list[float] = []
    turn = 0
    row = spoc.row_of(place.label)
    while len(ours) < keys:
        word = place.words[turn % len(place.words)]
        floor += _word(bare, 1, word)
        ours += _word(spoc, row, word)
        turn += 1
    figures = [Figure(f"{what}, median", median(ours), median(floor), BUDGET)]
    if keys >= ENOUGH:
        figures.append(Figure(f"{what}, p95", p95(ours), p95(floor), BUDGET))
    return figures


def measure_drafts(folder: Path, store: Store, words: int) -> list[Figure]:
    """Type words at a human pace; after each, look at the disk until the draft has all of it.

    ``store`` is the same store, opened beside the program: what its reader sees has been synced.
    """
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    chance, times = random.Random(20261120), []
    with Terminal("spoc", env) as spoc:
        unlock(spoc)
        _new_call(spoc)
        _tab(spoc, -1)
        written = ""
        for number in range(words):
            for letter in f"w{number} ":
                written += letter
                last = spoc.send(letter)
                spoc.rest(last + chance.uniform(0.02, 0.12))
            # The last key: from here on nothing is typed.
            written += "."
            last = spoc.send(".")
            saved = _until(lambda: _noted(store) == written)  # noqa: B023
            times.append((saved - last) * MS)
            spoc.rest(perf_counter() + chance.uniform(0, 0.12))
    return [Figure("draft: last key to safe on disk, p95", p95(times), None, DRAFT_BUDGET)]


def _new_call(spoc: Terminal) -> None:
    spoc.rest(perf_counter() + 0.3)
    spoc.send("n")
    spoc.until(lambda: "Call-back no." in spoc.text)
    spoc.rest(perf_counter() + 0.3)


def _tab(spoc: Terminal, steps: int) -> None:
    for _ in range(abs(steps)):
        spoc.send("\t" if steps > 0 else "\x1b[Z")
        spoc.rest(perf_counter() + 0.1)


def _word(terminal: Terminal, row: int, word: str) -> list[float]:
    """Type a word key by key and take it away again; how long each letter took, in milliseconds."""
    times = []
    for end in range(1, len(word) + 1):
        typed = word[:end].rstrip()
        sent = terminal.send(word[end - 1])
        if word[end - 1] != " ":  # a space cannot be seen to arrive
            seen = terminal.until(lambda: typed in terminal.line(row))  # noqa: B023
            times.append((seen - sent) * MS)
        terminal.rest(sent + EVERY)
    terminal.send(CLEAR)
    terminal.until(lambda: word not in terminal.line(row))
    terminal.rest(perf_counter() + EVERY)
    return times


def _noted(store: Store) -> str:
    found = store.reader.conn.execute(
        "SELECT body FROM draft ORDER BY saved_at DESC LIMIT 1"
    ).fetchone()
    return str(json.loads(found[0])["notes"]) if found else ""


def _until(so: Callable[[], bool]) -> float:
    end = perf_counter() + 10
    while not so():
        if perf_counter() > end:
            raise TimeoutError("the draft never came to the disk")
        sleep(0.002)
    return perf_counter()
