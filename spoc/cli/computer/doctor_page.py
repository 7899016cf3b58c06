"""``spoc doctor``: what this computer can do, on one page to paste into a ticket.

It has no patient data, no names and no full paths of a profile, and needs neither a store nor a passphrase.
"""

import contextlib
import getpass
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spoc import __version__
from spoc.model.documents.checkup import Finding, Shortened, as_data, counted, page
from spoc.model.errors import Refusal
from spoc.model.values.dates import shown_day
from spoc.storage.upkeep import doctor

BAD = 1  # the exit code if something is bad
_ROOTS = ("LOCALAPPDATA", "APPDATA", "TEMP", "USERPROFILE", "TMPDIR")


def report(folder: Path, share: Path | None, keys: bool, as_json: bool) -> tuple[str, int]:
    """The page (or JSON) and the exit code; asks the terminal if there is one."""
    now = datetime.now(UTC)
    found = list(findings(folder, share, keys, now))
    code = BAD if counted(found)["bad"] else 0
    if as_json:
        fields = {"spoc": __version__, "at": now.isoformat(timespec="seconds")}
        return json.dumps({**fields, **counted(found), "findings": as_data(found)}, indent=1), code
    head = f"spoc doctor, {shown_day(now.date())} {now:%H:%M} UTC. This page contains no names and no records."
    return "\n".join([head, *page(found)]), code


def findings(folder: Path, share: Path | None, keys: bool, now: datetime) -> Iterator[Finding]:
    """Everything that is checked, in order."""
    from spoc.cli.computer import terminal_check

    yield from versions()
    yield from doctor.encryption(folder)
    yield doctor.passphrase()
    yield from doctor.store_folder(folder, shortened(os.environ))
    yield from doctor.disk(folder)
    if share is not None:
        yield from doctor.share(share)
    yield from doctor.store(folder, now)
    yield from clock(now)
    yield from terminal_check.terminal_findings(os.environ, keys)


def versions() -> Iterator[Finding]:
    """The versions of what runs here."""
    part = "Versions"
    yield Finding(part, "spoc", __version__)
    yield Finding(part, "Python", f"{platform.python_version()}, {platform.machine()}")
    system = "Windows" if sys.platform == "win32" else platform.system()
    yield Finding(part, "system", f"{system} {platform.release()} {platform.version()}"[:70])
    for name in ("textual", "cryptography", "sqlcipher3", "tzdata"):
        try:
            yield Finding(part, name, metadata.version(name))
        except metadata.PackageNotFoundError:
            hint = "Ask IT to install spoc again with its lock file."
            yield Finding(part, name, "missing", "bad", hint)
    try:
        from sqlcipher3 import dbapi2

        yield Finding(part, "SQLite", str(dbapi2.sqlite_version))
    except ImportError:
        yield Finding(part, "SQLite", "not known without sqlcipher3", "bad", "See above.")


def clock(now: datetime) -> Iterator[Finding]:
    """Whether London time is known and worked out correctly, in summer and winter."""
    part = "Clock"
    try:
        ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        hint = "Every deadline depends on it: ask IT to install spoc again with its lock file (tzdata)."
        yield Finding(part, "Europe/London", "not known", "bad", hint)
        return
    from spoc.guidance.calendar import bank_holidays
    from spoc.model.rules.clock import from_local, to_local

    yield Finding(part, "Europe/London", f"known; it is {to_local(now):%H:%M %Z} there")
    changes = (  # clocks go forward at 01:00 UTC, and back at 01:00 UTC
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 0, 59)),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 29, 2, 0)),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), datetime(2026, 7, 1, 12, 0)),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0)),
        (datetime(2026, 12, 1, 12, 0, tzinfo=UTC), datetime(2026, 12, 1, 12, 0)),
    )
    right = all(to_local(at).replace(tzinfo=None) == local for at, local in changes)
    right &= from_local(datetime(2026, 7, 1, 12, 0))[0] == changes[2][0]
    if right:
        yield Finding(part, "summer time", "worked out correctly")
    else:
        hint = "This computer's time zone data is wrong: ask IT to install spoc again."
        yield Finding(part, "summer time", "worked out wrongly", "bad", hint)
    here, london = now.astimezone(), to_local(now)
    if here.utcoffset() == london.utcoffset():
        yield Finding(part, "this computer's zone", "same as London's today")
    else:
        hint = "spoc uses London time anyway; other programs here show another time."
        yield Finding(part, "this computer's zone", "not London's", "look", hint)
    _, known_until = bank_holidays()
    left = (known_until - london.date()).days
    hint = (
        ""
        if left > 180
        else "Install a newer spoc, which knows later ones; deadlines after that day are not known."
    )
    yield Finding(
        part,
        "bank holidays",
        f"known until {shown_day(known_until)}",
        "look" if hint else "good",
        hint,
    )


def shortened(environ: Mapping[str, str]) -> Shortened:
    """What removes a person's name from paths on this computer."""
    found: dict[str, PurePath] = {}
    for name in _ROOTS:
        if environ.get(name):
            found[f"%{name}%" if os.name == "nt" else f"${name}"] = PurePath(environ[name])
    found["~"] = Path.home()
    roots = dict(sorted(found.items(), key=lambda each: -len(each[1].parts)))
    users = {environ.get(name, "") for name in ("USERNAME", "USER", "LOGNAME")}
    with contextlib.suppress(OSError, KeyError, ImportError):  # if there is no user name
        users.add(getpass.getuser())
    return Shortened(roots, frozenset(user.casefold() for user in users if user))


def run(folder: Path, share: Path | None, keys: bool, as_json: bool) -> int:
    """Prints the page; returns the exit code."""
    try:
        text, code = report(folder, share, keys, as_json)
    except Refusal as refusal:
        raise Refusal(shortened(os.environ).text(str(refusal), folder)) from None
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    return code
