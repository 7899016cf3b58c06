"""What is done in the background: a daily backup, verification of what was written since, and search."""

from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from spoc.model.errors import Refusal
from spoc.model.ledger.chain import Report
from spoc.model.rules.access import require
from spoc.storage.desk import Desk
from spoc.storage.driver import data_version
from spoc.storage.extract import making, returning
from spoc.storage.ledger import audit
from spoc.storage.migrations import keep_local, local
from spoc.storage.search import indexing
from spoc.storage.store import Store, StoreClosed
from spoc.storage.store_folder import BACKUPS_FILE, write_durably
from spoc.storage.upkeep import backup, kept_heads, sealed_copy
from spoc.storage.upkeep.verify import keep_verified, last_verified, verify
from spoc.storage.window import hold

KEPT = 14  # automatic backups to keep, one a day: two weeks
UNREAD = (
    " It was copied as it is, encrypted, and not read: somebody who takes calls can compare it with the records with "
    "spoc verify --against."
)
_HERE = ZoneInfo("Europe/London")


def back_up(
    desk: Desk, target: Path, now: datetime, *, automatic: bool = False
) -> backup.BackupResult:
    """Copy the store into a folder, and record it: as it lies by somebody who holds no key of it. Raises what
    spoc.storage.upkeep.backup.backup raises, and StoreInUse."""
    if desk.store.is_extract:
        with nullcontext() if desk.window else hold(desk.folder):
            made = sealed_copy.copy(desk.folder, target, now)
    else:
        with closing(desk.store.connection()) as source:
            made = backup.backup(source, desk.key, desk.folder, target, now, automatic=automatic)
    audit.record(desk.store, desk.actor, "backup", detail=made.path.name)
    return made


def _target(desk: Desk) -> Path:
    chosen = desk.store.settings.get("backup_folder", "").strip()
    return Path(chosen).expanduser() if chosen else desk.folder / "backups"


def backup_now(desk: Desk, now: datetime) -> str:
    """Makes a backup because somebody asked, where the daily ones are kept; returns the sentence to show."""
    try:
        require(desk.actor.role, "store.backup")
        made = back_up(desk, _target(desk), now)
    except Refusal as refusal:
        return f"No backup was made. {refusal}"
    return f"A backup was made: {made.path}" + (UNREAD if desk.store.is_extract else "")


def say_where(folder: Path, target: Path) -> None:
    """Notes beside the store where its daily copies go, for ``spoc doctor``; the note names no person."""
    with suppress(OSError):
        write_durably(folder / BACKUPS_FILE, f"{target}\n".encode())


def daily_backup(desk: Desk, now: datetime) -> str:
    """Makes a backup once per local day; returns the sentence to show on the board, or nothing.

    It goes into the folder named by the setting ``backup_folder``, otherwise ``backups`` beside the store.
    """
    target = _target(desk)
    today = now.astimezone(_HERE).date().isoformat()
    kept = local(desk.store.reader, "backup") or {}
    text = ""
    if kept.get("day") != today or kept.get("target") != str(target):
        last = backup.newest(target, desk.folder)
        text = kept_heads.older(last, desk.folder, desk.store.reader) if last else ""
        try:
            made = back_up(desk, target, now, automatic=True)
        except Refusal as refusal:
            return f"Today's backup was not made. {refusal}"
        kept = {"day": today, "target": str(target), "same_disk": made.same_disk}
        desk.store.submit(lambda db: keep_local(db, "backup", kept), bulk=True).result()
        backup.prune(target, desk.folder, KEPT)
        say_where(desk.folder, target)
    if text:
        return text
    if kept.get("same_disk"):
        return "Backups are on the same disk as the records: spoc backup --daily FOLDER"
    return ""


def extract(desk: Desk) -> str:
    """Makes the extract for those who hold no key of the store; returns the sentence to show, or nothing."""
    try:
        making.make(desk)
    except Refusal as refusal:
        return f"The extract for analysts was not made; it is made again at the next sign-in. {refusal}"
    except StoreClosed:
        pass  # it is made when the store is opened again
    return ""


def from_extract(desk: Desk, before: tuple[int, ...]) -> tuple[int, ...]:
    """Takes in what was written in the extract since it had these numbers; its numbers now."""
    now = returning.changed(desk.folder)
    if now != before:
        with suppress(Refusal, StoreClosed):  # if it does not open, it is made again
            returning.take_in(desk.store, desk.folder, desk.key)
    return now


def bring_search_up(desk: Desk, go_on: Callable[[], bool]) -> str:
    """Updates search if its words are out of date; returns the sentence to show, or nothing."""
    try:
        indexing.bring_up(desk.store, go_on)
    except Refusal as refusal:
        return f"Search could not be brought up to date, and goes on at the next start. {refusal}"
    except StoreClosed:
        pass  # it continues when the store is opened again
    return ""


def written_by_others(store: Store) -> int:
    """A number that differs once another process has written: what the store's own thread writes leaves it."""
    return store.submit(data_version).result()


def verify_news(desk: Desk, go_on: Callable[[], bool]) -> str:
    """Verifies what was written since the last time; returns the sentence to show, or nothing."""
    since = last_verified(desk.store) or {}  # of a new store all of the ledger, but not the file
    return _in_words(desk, verify(desk.store, since, lambda *_: go_on()))


def verify_whole(desk: Desk, go_on: Callable[[], bool]) -> str | None:
    """Verifies the whole store, whatever it notes as verified; returns the sentence to show or nothing, and None if
    it was stopped."""
    report = verify(desk.store, None, lambda *_: go_on())
    return _in_words(desk, report) if report.finished else None


def _in_words(desk: Desk, report: Report) -> str:
    if report.sound:
        keep_verified(desk.store, report)
    if report.findings:
        return f"The records do not verify: {report.findings[0]} Tell IT, who can run: spoc verify"
    return ""
