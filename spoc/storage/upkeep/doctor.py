"""The quality of the disk and the store's place: tried with scratch files, none of which is left behind.

Nothing here needs a passphrase or a store, or reads a record.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from spoc.model.documents.checkup import Finding, Shortened, graded
from spoc.model.errors import Refusal, StoreDamaged, StoreInUse
from spoc.model.values.dates import counted
from spoc.storage import sealing
from spoc.storage.store_folder import (
    BACKUPS_FILE,
    DEMO_FILE,
    EXTRACT_FILE,
    KEY_FILE,
    STORE_FILE,
    check,
    this_machine,
    why_not,
)
from spoc.storage.window import LOCK_FILE, hold

TRIES = 20
_WORDS = b"readable words that must not stand in the file"
_SLOW = "Typing does not wait for the disk, but a close does. Ask IT what slows the disk: a virus scanner?"
_ROOM = 2_000_000_000, 200_000_000  # bytes free: to look at, bad
_DRIFT = 2.5, 60.0  # seconds between two clocks: to look at, bad
_OLD = 48 * 3600.0  # seconds


def encryption(folder: Path) -> Iterator[Finding]:
    """Whether the library really encrypts, and how long a commit takes, on a scratch file."""
    part = "Encryption"
    try:
        from spoc.storage.driver import connect, row
    except Refusal as refusal:
        yield Finding(part, "library", "missing", "bad", str(refusal))
        return
    with _scratch(folder) as scratch:
        if scratch is None:
            yield Finding(part, "library", "not tried: no scratch file", "bad", _nowhere(folder))
            return
        path, key = scratch / "try.db", os.urandom(32)
        db = connect(path, key)
        version = row(db.conn.execute("PRAGMA cipher_version").fetchone())
        db.conn.execute("CREATE TABLE tried(words BLOB) STRICT")
        took = _timed(lambda: db.conn.execute("INSERT INTO tried VALUES(?)", (_WORDS,)))
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.conn.close()
        byteses = [each.read_bytes() for each in scratch.iterdir()]
        readable = any(_WORDS in each or each.startswith(b"SQLite format 3") for each in byteses)
        opened = _opens(lambda: connect(path, os.urandom(32)))
        if readable or opened:
            found = "the file can be read" if readable else "another key opened it"
            hint = "Do not set up a store on this computer. Ask IT to install spoc again."
            yield Finding(part, "library", f"SQLCipher {version}: {found}", "bad", hint)
        else:
            yield Finding(part, "library", f"SQLCipher {version}, a scratch file is unreadable")
        verdict = graded(took, 0.05, 1.0)
        yield Finding(
            part, "commit", _milliseconds(took), verdict, "" if verdict == "good" else _SLOW
        )


def passphrase() -> Finding:
    """How long one try of a passphrase takes at full cost."""
    cost = sealing.COST
    words = f"{cost.memory // 1024} MiB, {cost.passes} passes, {cost.lanes} lanes"
    begun = time.perf_counter()
    try:
        sealing.stretch("a passphrase to try", bytes(16), cost)
    except (Refusal, ImportError) as refusal:
        return Finding("Encryption", "passphrase", words, "bad", str(refusal))
    took = time.perf_counter() - begun
    verdict = graded(took, 1.5, 10)
    hint = (
        ""
        if verdict == "good"
        else "Signing in takes that long each time: is the computer very busy?"
    )
    return Finding(
        "Encryption", "passphrase", f"{_milliseconds(took)} for one try ({words})", verdict, hint
    )


def store_folder(folder: Path, shortened: Shortened) -> Iterator[Finding]:
    """Where the store is or would be, whether that place is permanent, and how much space there is."""
    part = "Place"
    there = (folder / STORE_FILE).exists()
    demo = "a demo, all invented: " if (folder / DEMO_FILE).exists() else ""
    text = f"{demo}{(folder / STORE_FILE).stat().st_size / 1e6:.1f} MB" if there else "no store yet"
    yield Finding(part, "store", f"{shortened.path(folder)} ({text})")
    try:
        warnings = check(folder)
        for warning in warnings:
            yield Finding(
                part,
                "permanent",
                "perhaps not",
                "look",
                shortened.text(warning, folder, folder.resolve()),
            )
        if not warnings:
            yield Finding(part, "permanent", "yes, this computer's own disk")
    except Refusal as refusal:
        yield Finding(
            part,
            "permanent",
            "no: a store must not be there",
            "bad",
            shortened.text(str(refusal), folder),
        )
    try:
        free = shutil.disk_usage(_nearest(folder)).free
    except OSError:
        yield Finding(
            part, "space", "the disk does not say", "look", "Ask IT whether there is space on it."
        )
    else:
        verdict = graded(-free, -_ROOM[0], -_ROOM[1])
        hint = (
            ""
            if verdict == "good"
            else "Free some space: a store and its two weeks of backups need it."
        )
        yield Finding(part, "space", f"{free / 1e9:.1f} GB free", verdict, hint)


def disk(folder: Path, part: str = "Disk") -> Iterator[Finding]:
    """How a folder's disk writes: fsync, a file renamed over another, and its clock."""
    with _scratch(folder) as scratch:
        if scratch is None:
            yield Finding(part, "writing", "not possible", "bad", _nowhere(folder))
            return
        try:
            with (scratch / "sync").open("wb", buffering=0) as file:

                def once() -> None:
                    file.write(bytes(4096))
                    os.fsync(file.fileno())

                took = _timed(once)
            verdict = graded(took, 0.05, 1.0)
            hint = "" if verdict == "good" else _SLOW
            yield Finding(part, "fsync", _milliseconds(took), verdict, hint)
        except OSError as error:
            yield Finding(
                part, "fsync", _why(error), "bad", "What is saved here may not survive a power cut."
            )
        yield _renames(scratch, part)
        yield _clock(scratch, part)


def share(folder: Path) -> Iterator[Finding]:
    """A shared folder: whether it is there, and how fast it writes. Its path is not shown."""
    part = "Share"
    if not folder.is_dir():
        hint = "Is the drive connected, and the name right? Try to open it in the file manager."
        yield Finding(part, "folder", "not there", "bad", hint)
        return
    shape = this_machine().path(str(folder.absolute()))
    network = why_not(shape, this_machine())
    yield Finding(part, "folder", "there" + ("" if network else ", on this computer's own disk"))
    yield from disk(folder, part)


def store(folder: Path, now: datetime) -> Iterator[Finding]:
    """The store from outside: its key file, its window, its newest backup."""
    part = "Store"
    if not (folder / STORE_FILE).exists() and not (folder / KEY_FILE).exists():
        yield Finding(part, "store", "none yet")
        return
    try:
        from spoc.storage.secrecy import keys

        users = keys.user_count(folder)
        yield Finding(part, "key file", f"whole, for {counted(users, 'user')}")
    except Refusal:
        hint = f"Put {KEY_FILE}.old of the same folder, or {KEY_FILE} of a backup, in its place."
        yield Finding(part, "key file", "missing or damaged", "bad", hint)
    if not (folder / STORE_FILE).exists():
        hint = "Put the newest backup back with: spoc restore"
        yield Finding(part, "records", "missing", "bad", hint)
    else:
        yield from _extract(folder, now)
    yield Finding(part, "window", _window(folder))
    yield newest_backup(folder, now)


# -- how each is found out -------------------------------------------------------------------------


@contextmanager
def _scratch(folder: Path) -> Iterator[Path | None]:
    """A hidden folder beside the store or, if that is not there yet, in the nearest folder that is."""
    try:
        made = Path(tempfile.mkdtemp(prefix=".spoc-doctor-", dir=_nearest(folder)))
    except OSError:
        yield None
        return
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.is_dir() or each == each.parent)


def _nowhere(folder: Path) -> str:
    left = _nearest(folder)
    return (
        "There is no space, or no permission to write there: ask IT."
        if left.exists()
        else "The folder cannot be reached."
    )


def _timed(once: Callable[[], object]) -> float:
    """The median time of several tries, in seconds."""
    times = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        once()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def _opens(way: Callable[[], object]) -> bool:
    try:
        way()
    except StoreDamaged:
        return False
    return True


def _renames(scratch: Path, part: str) -> Finding:
    """Whether a file can replace another, as a key file does, several times in a row."""
    failed = 0
    for number in range(TRIES):
        new = scratch / "key.new"
        try:
            new.write_bytes(str(number).encode())
            os.replace(new, scratch / "key")
            failed += (scratch / "key").read_bytes() != str(number).encode()
        except OSError:
            failed += 1
    if failed:
        hint = "Something keeps new files open, as some virus scanners do. Ask IT to exclude this folder."
        return Finding(part, "rename over a file", f"failed {failed} of {TRIES} times", "bad", hint)
    return Finding(part, "rename over a file", f"{TRIES} of {TRIES} times")


def _clock(scratch: Path, part: str) -> Finding:
    """This computer's clock compared with the time that the disk gives a new file."""
    try:
        (scratch / "now").write_bytes(b"")
        apart = (scratch / "now").stat().st_mtime - time.time()
    except OSError as error:
        return Finding(part, "clock of its files", _why(error), "look", "It could not be read.")
    verdict = graded(abs(apart), *_DRIFT)
    if verdict == "good":
        return Finding(part, "clock of its files", f"{abs(apart):.1f} s from this computer's")
    ahead = "ahead of" if apart > 0 else "behind"
    hint = "One of the two clocks is wrong: ask IT to set the time of this computer."
    return Finding(
        part, "clock of its files", f"{abs(apart):.0f} s {ahead} this computer's", verdict, hint
    )


def _window(folder: Path) -> str:
    if not (folder / LOCK_FILE).exists():
        return "none has the store open"
    try:
        hold(folder).release()
    except StoreInUse:
        return "one has the store open now"
    except Refusal:
        return "not known: the lock file cannot be opened"
    return "none has the store open"


def _extract(folder: Path, now: datetime) -> Iterator[Finding]:
    """The extract for those without a key of the records: whether it is there, and as new as they are."""
    from spoc.storage.extract.opening import MAKE
    from spoc.storage.secrecy import keyfile

    try:
        users = sum(bool(slot.extract) for slot in keyfile.read(folder)[0].slots)
    except Refusal:
        return  # said of the key file
    whom, path = f"for {counted(users, 'user')}", folder / EXTRACT_FILE
    if not users:
        yield Finding("Store", "extract", "not needed: every user holds a key of the records")
    elif not path.is_file():
        yield Finding(
            "Store", "extract", f"not made yet, {whom}", "look", f"It is made when {MAKE}"
        )
    else:
        made, written = _last_written(path), _last_written(folder / STORE_FILE)
        words = f"written {_long_ago(now.timestamp() - made)} ago, {whom}"
        if written - made < _OLD:
            yield Finding("Store", "extract", words)
        else:
            words += f"; the records are {_long_ago(written - made)} newer"
            yield Finding("Store", "extract", words, "look", f"It is made again when {MAKE}")


def _last_written(database: Path) -> float:
    """When a database or its log was last written, in seconds since 1970."""
    found = (Path(f"{database}{end}") for end in ("", "-wal"))
    return max(each.stat().st_mtime for each in found if each.is_file())


def _long_ago(seconds: float) -> str:
    """A length of time in hours, from two days on in days."""
    seconds = max(0.0, seconds)
    if seconds < _OLD:
        return counted(int(seconds // 3600), "hour")
    return counted(int(seconds // 86400), "day")


def newest_backup(folder: Path, now: datetime) -> Finding:
    """How old the newest backup is, beside the store and where the daily copies go."""
    chosen = _chosen(folder)
    where = "in the folder of the daily copies" if chosen else "in the folder beside the store"
    hint = "Make one now: spoc backup FOLDER"
    if chosen and not chosen.is_dir():
        hint = "Is the drive connected? Try to open that folder in the file manager."
        words = "the folder of the daily copies cannot be reached"
        return Finding("Store", "newest backup", words, "look", hint)
    try:
        found = [
            each
            for place in {folder / "backups", chosen or folder / "backups"}
            for each in place.glob("spoc-backup-*")
            if (each / STORE_FILE).is_file() and _is_ours(each, folder)
        ]
        newest = max((each / STORE_FILE).stat().st_mtime for each in found) if found else None
    except OSError:
        newest = None
    if newest is None:
        return Finding("Store", "newest backup", f"none {where}", "look", hint)
    age = max(0.0, now.timestamp() - newest)
    verdict = graded(age, _OLD, float("inf"))
    return Finding(
        "Store",
        "newest backup",
        f"{_long_ago(age)} old, {where}",
        verdict,
        hint if age >= _OLD else "",
    )


def _chosen(folder: Path) -> Path | None:
    """Where the daily copies go, if not beside the store: the store leaves a note of it."""
    try:
        text = (folder / BACKUPS_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return Path(text) if text and Path(text) != folder / "backups" else None


def _is_ours(copy: Path, folder: Path) -> bool:
    """Whether a backup is of this store: the folder may contain others. If nothing says so, it is."""
    from spoc.storage.secrecy import keys

    try:
        return keys.store_id(copy) == keys.store_id(folder)
    except Refusal:
        return True


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
