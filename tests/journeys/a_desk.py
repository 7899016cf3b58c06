"""One desk as a separate process: reads one command per line (JSON) and answers with exit code, output and errors.

``python a_desk.py FOLDER HOURS``: its store, and how many hours its clock is wrong. Beside spoc's own commands
it knows ``amend REF CATEGORY``, as somebody does it on the page of a contact, and ``die-at-rename before|after``:
the next file that it puts into a share is its last deed.
"""

import contextlib
import io
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import spoc.storage.store

FOLDER, HOURS = Path(sys.argv[1]), float(sys.argv[2])


def wrong_clock() -> datetime:
    return datetime.now(UTC) + timedelta(hours=HOURS)


spoc.storage.store.utc_now = wrong_clock  # before anything took the right one

from spoc.cli import open_desk  # noqa: E402
from spoc.cli.commands import commands  # noqa: E402
from spoc.storage import sealing  # noqa: E402
from spoc.storage.contacts import contacts  # noqa: E402
from spoc.storage.contacts.reading import listing  # noqa: E402
from spoc.storage.desk import sign_in  # noqa: E402

sealing.COST = sealing.Cost(64, 1, 1)

# One process runs many commands: what the environment gives is there for each of them.
open_desk.taken = os.environ.get  # type: ignore[assignment]


def amend(ref: str, category: str) -> int:
    desk = sign_in(FOLDER, os.environ["SPOC_PASSPHRASE"], window=False)
    try:
        (row,) = [
            each
            for each in listing.stream(desk.store, desk.actor, listing.ContactFilter())
            if each["ref"] == ref
        ]
        own = contacts.get(desk.store, desk.actor, bytes.fromhex(row["id"]))[0]
        said = {"category": category}
        contacts.amend(desk.store, desk.actor, own, said, "heard again").result()
    finally:
        desk.close()
    return 0


def die_at_rename(when: str) -> int:
    rename = os.rename

    def last_deed(source: str, target: str) -> None:
        if when == "after":
            rename(source, target)
        os.kill(os.getpid(), signal.SIGKILL)

    os.rename = last_deed  # type: ignore[assignment]
    return 0


OWN = {"amend": amend, "die-at-rename": die_at_rename}


def written(to: io.TextIOWrapper) -> str:
    to.seek(0)
    return to.read()


def main() -> None:
    for line in sys.stdin:
        said = json.loads(line)
        out, error = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            own = OWN.get(said[0])
            code = own(*said[1:]) if own else commands(["--store", str(FOLDER), *said])
        print(json.dumps([code, *map(written, (out, error))]), flush=True)


if __name__ == "__main__":
    main()
