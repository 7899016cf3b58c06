"""Typing while ``spoc contact add`` writes thousands of contacts beside the open window: nothing slows down."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench import keys
from bench.figures import Figure
from bench.made_up import PASSPHRASE
from bench.terminal import environment
from spoc.storage.store import Store

UNCHANGED = 1.5  # times the echo without it: the other program has one of two cores
PLACES = tuple(each for each in keys.PLACES if each.label in ("Service", "Notes"))


def measure(folder: Path, store: Store, contacts: int, letters: int, words: int) -> list[Figure]:
    """Key echo and draft delay, first in quiet, then while the other program adds contacts."""
    quiet = keys.measure(folder, letters, PLACES)
    file = folder.parent / "many.json"
    file.write_text(json.dumps([_contact(number) for number in range(contacts)]))
    command = [
        sys.executable,
        "-m",
        "spoc",
        "--store",
        str(folder),
        "contact",
        "add",
        "--json",
        str(file),
    ]
    env = environment(SPOC_PASSPHRASE=PASSPHRASE)
    adding = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        beside = keys.measure(folder, letters, PLACES)
        drafts = keys.measure_drafts(folder, store, words)
        if adding.poll() is not None:
            raise RuntimeError(
                "the contacts were all added before the typing ended: add more of them"
            )
    finally:
        adding.terminate()
        adding.wait()
        os.unlink(file)
    figures = [
        Figure(f"beside contact add, {now.what}", now.spoc, then.spoc, UNCHANGED)
        for then, now in zip(quiet, beside, strict=True)
        if "p95" not in now.what
    ]
    return figures + [
        Figure(f"beside contact add, {each.what}", each.spoc, None, each.budget) for each in drafts
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
