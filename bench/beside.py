"""Typing while another program writes thousands of contacts, or brings in a list of attendances, beside the
open window: nothing slows down."""

import json
import subprocess
import sys
from pathlib import Path

from bench import keys, lists
from bench.figures import Figure
from bench.made_up import PASSPHRASE
from bench.terminal import environment
from spoc.storage.store import Store

ROWS_A_CONTACT = 5  # a row of a list is written faster than a contact is
UNCHANGED = 1.5  # times the echo without it: the other program has one of two cores
PLACES = tuple(each for each in keys.PLACES if each.label in ("Service", "Notes"))


def measure(folder: Path, store: Store, contacts: int, letters: int, words: int) -> list[Figure]:
    """Key echo and draft delay, first in quiet, then while the other program adds contacts, then while it
    brings in a list of attendances."""
    quiet = keys.measure(folder, letters, PLACES)
    many = folder.parent / "many.json"
    many.write_text(json.dumps([_contact(number) for number in range(contacts)]))
    night = folder.parent / "night.csv"
    night.write_bytes(lists.made(contacts * ROWS_A_CONTACT))
    try:
        return [
            *_beside(folder, store, letters, words, quiet, "contact", "add", "--json", str(many)),
            *_beside(folder, store, letters, words, quiet, "import", str(night)),
        ]
    finally:
        many.unlink()
        night.unlink()


def _beside(
    folder: Path, store: Store, letters: int, words: int, quiet: list[Figure], *command: str
) -> list[Figure]:
    other = subprocess.Popen(
        [sys.executable, "-m", "spoc", "--store", str(folder), *command],
        env=environment(SPOC_PASSPHRASE=PASSPHRASE), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        echoes = keys.measure(folder, letters, PLACES)
        drafts = keys.measure_drafts(folder, store, words)
        if other.poll() is not None:
            raise RuntimeError("all was written before the typing ended: write more of it")
    finally:
        other.terminate()
        other.wait()
    name = f"beside {' '.join(command[:-1]).removesuffix(' --json')}"
    return [
        *(
            Figure(f"{name}, {now.what}", now.spoc, then.spoc, UNCHANGED)
            for then, now in zip(quiet, echoes, strict=True)
            if "p95" not in now.what
        ),
        *(Figure(f"{name}, {each.what}", each.spoc, None, each.budget) for each in drafts),
    ]


def _contact(number: int) -> dict[str, object]:
    return {
        "ref": f"bench-{number}",
        "channel": "TEL-IN",
        "caller": {
            "name": f"Caller {number % 90}",
            "service": "ED",
            "role": "nurse",
            "verified": "known-number",
        },
        "children": [{"name": f"Child, Number {number}", "dob": "2020-02-03"}],
        "category": "no-abuse-process-query",
        "issues": ["information-request"],
        "actions": [{"code": "advice-only"}],
        "outcome": "advice-accepted",
        "notes": "asked how to refer; advised",
    }
