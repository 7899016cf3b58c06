"""A marker outside the store's folder: what this computer last wrote, so that a start notices where it is gone.

A desktop that keeps nothing gives back an empty profile, or yesterday's. The marker lies in the user's configuration,
which on Windows follows the user (the roaming profile); it says which store lay in a folder and how far its stream
went, and nothing of a patient.
"""

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoc.model.rules.clock import shown
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.place import write_durably

if TYPE_CHECKING:  # the first page asks here, before the database library is loaded
    from spoc.storage.driver import Database

_KEPT = 20  # folders, the latest


def path() -> Path:
    """Where the marker is, whether it is there or not."""
    from platformdirs import user_config_path

    return user_config_path("spoc", appauthor=False, roaming=True) / "last.json"


def put(folder: Path, db: "Database", now: datetime) -> None:
    """Note how far this store's stream goes. What cannot be written stops nobody."""
    from spoc.storage.ledger import append

    stream, seq, _, _ = append.head(db, "stream")
    said = {"stream": stream.hex(), "seq": seq, "at": utc_text(now)}
    key = str(folder.resolve())
    with suppress(OSError, ValueError):
        before = _read()
        if before.get(key, {}).get("seq") == seq and before[key]["stream"] == said["stream"]:
            return
        kept = sorted(before.items(), key=lambda each: each[1]["at"])[-_KEPT:]
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        write_durably(part, json.dumps({**dict(kept), key: said}).encode())
        os.replace(part, file)


def older(folder: Path, db: "Database") -> str:
    """What to say where the store in this folder is an older copy than the one that lay there last; else nothing."""
    from spoc.storage.ledger import append

    said = _read().get(str(folder.resolve()))
    stream, seq, _, _ = append.head(db, "stream")
    if said is None or said["stream"] != stream.hex() or int(said["seq"]) <= seq:
        return ""
    return (
        f"The records here are older than those of {shown(from_text(said['at']))}, when they were last used: "
        f"{int(said['seq']) - seq:,} entries are gone from them, and somebody who left may be able to sign in again. What "
        "was synced comes back with the next sync. Where you did not put a copy back yourself, tell IT and a named "
        "professional before you go on."
    )


def gone(folder: Path) -> str:
    """What to say where a store lay in this folder and none is there; nothing where none ever did."""
    said = _read().get(str(folder.resolve()))
    if said is None:
        return ""
    return (
        f"This computer had records until {shown(from_text(said['at']))}, and they are gone: its profile may keep nothing. "
        "What was synced is safe at the other desks. Ask IT before you set up anew; you come back with an invitation, "
        "or with: spoc rejoin"
    )


def _read() -> dict[str, Any]:
    try:
        said = json.loads(path().read_bytes())
        return {key: each for key, each in said.items() if {"stream", "seq", "at"} <= each.keys()}
    except (OSError, ValueError, AttributeError):
        return {}
