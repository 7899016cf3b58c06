"""A marker outside the store's folder, from which spoc notices at the next start that the store is gone, or
older than it was.

A computer that keeps nothing may return an empty profile, or yesterday's. The marker is in the user's
configuration, which on Windows follows the user (the roaming profile). It says which store was in a folder,
where its streams ended and which number its key file had, and nothing about a patient.
"""

import json
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoc.model.errors import Refusal
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text, utc_text
from spoc.storage import store_folder
from spoc.storage.store_folder import KEY_FILE, write_durably

if TYPE_CHECKING:  # the first page reads this before the database library is loaded
    from spoc.storage.driver import Database

_KEPT = 20  # how many folders it remembers, the latest
SAID_FOR = timedelta(days=14)
_WHAT_TO_DO = (
    "If you did not put a copy back yourself, tell IT and a named professional before you go on."
)


def path() -> Path:
    """The marker's path, whether or not it exists."""
    return store_folder.user_settings() / "last.json"


def put(folder: Path, db: "Database", now: datetime) -> None:
    """Notes where this store's streams end and the number of its key file. Does nothing if that cannot be written."""
    with suppress(OSError, ValueError, Refusal):
        before, fields = _read().get(_key(folder), {}), _ends(folder, db)
        if before.get("older"):
            fields["older"] = before["older"]
        if {**before, "at": ""} != {**fields, "at": ""}:
            _write(folder, {**fields, "at": utc_text(now)})


def note_older(folder: Path, now: datetime) -> None:
    """Notes that an older copy was here, so that the next sign-ins say so too: whoever put it there may put
    the later one back."""
    with suppress(OSError, ValueError):
        if value := _read().get(_key(folder)):
            _write(folder, {**value, "older": utc_text(now)})


def _write(folder: Path, fields: dict[str, Any]) -> None:
    kept = sorted(_read().items(), key=lambda each: each[1]["at"])[-_KEPT:]
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    write_durably(part, json.dumps({**dict(kept), _key(folder): fields}).encode())
    os.replace(part, file)


def _ends(folder: Path, db: "Database") -> dict[str, Any]:
    """Where this desk's streams end now, and the number of its key file."""
    from spoc.storage.ledger import append
    from spoc.storage.secrecy import keyfile

    stream, seq, _, _ = append.head(db, "stream")
    audit, last, _, _ = append.head(db, "audit_stream")
    number = keyfile.read(folder)[0].number if (folder / KEY_FILE).exists() else 0
    return {"stream": stream.hex(), "seq": seq, "audit": [audit.hex(), last], "keys": number}


def older(folder: Path, db: "Database") -> str:
    """What to say if the store in this folder is older than the one that was last here; otherwise ""."""
    last, present = _read().get(_key(folder)), _ends(folder, db)
    if last is None:
        return ""
    missing = 0
    for former, upto, stream, seq in (
        (last["stream"], last["seq"], present["stream"], present["seq"]),
        (*last.get("audit", ("", 0)), *present["audit"]),
    ):
        if former == stream and upto > seq:
            missing += upto - seq
    if not missing:
        return ""
    return (
        f"The records here are older than those of {shown_instant(from_text(last['at']))}, when they were last used: "
        f"{missing:,} entries are gone from them, and somebody who left may be able to sign in again. What "
        f"was synced comes back with the next sync. {_WHAT_TO_DO}"
    )


def older_keys(folder: Path, db: "Database") -> str:
    """What to say if only the key file is older than the one that was last here."""
    value = _read().get(_key(folder), {})
    if value.get("stream") is None or value.get("keys", 0) <= _ends(folder, db)["keys"]:
        return ""
    return (
        f"The key file here is older than that of {shown_instant(from_text(value['at']))}: former passphrases may open it, and "
        f"somebody who left may be in it. {_WHAT_TO_DO}"
    )


def was_older(folder: Path, now: datetime) -> str:
    """What to say if an older copy was here not long ago."""
    at = _read().get(_key(folder), {}).get("older")
    if not at or now - from_text(at) > SAID_FOR:
        return ""
    return (
        f"On {shown_instant(from_text(at))} an older copy of the records or of the key file was here, and somebody signed in to "
        f"it. {_WHAT_TO_DO}"
    )


def gone(folder: Path) -> str:
    """What to say if there was a store in this folder and now there is none; "" if there never was one."""
    value = _read().get(_key(folder))
    if value is None:
        return ""
    return (
        f"This computer had records until {shown_instant(from_text(value['at']))}, and they are gone: its profile may keep nothing. "
        "What was synced is safe at the other desks. Ask IT before you set up a new desk: you can come back with an invitation "
        "or, if the service allows it, with only your passphrase (c on the first page, or spoc rejoin)."
    )


def _key(folder: Path) -> str:
    return str(folder.resolve())


def _read() -> dict[str, Any]:
    try:
        value = json.loads(path().read_bytes())
        return {key: each for key, each in value.items() if {"stream", "seq", "at"} <= each.keys()}
    except (OSError, ValueError, AttributeError):
        return {}
