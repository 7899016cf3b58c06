"""The desk: an open store and the person using it: signed in, unlocked, handed over.

Every screen and command gets one. Only the passphrase is slow: run it in a thread.
"""

import hashlib
import os
import platform
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from spoc.model.errors import NotAllowed, NotAStore, Refusal, WrongPassphrase
from spoc.model.ledger.entry import Actor
from spoc.model.rules.access import holds_key, may
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text, utc_text
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.desks import marker
from spoc.storage.desks.vouching import vouch
from spoc.storage.driver import Database
from spoc.storage.extract import returning
from spoc.storage.extract.opening import not_given, not_yet, open_extract
from spoc.storage.ledger import append, audit, belief
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import holders, holding, keyfile, keys, tries
from spoc.storage.secrecy.rekeying import key_in_force
from spoc.storage.start import open_store, records_gone
from spoc.storage.store import Store, utc_now
from spoc.storage.store_folder import KEY_FILE, STORE_FILE, remove_quietly, sync_folder
from spoc.storage.window import Window, hold

FORGED = (
    "Somebody wrote about the users or desks of this service without being entitled to it. It does not count and is "
    "left out. Tell a named professional and IT, and let them run: spoc verify"
)
# Refusals for somebody who signs in over the lock, by whether they work on the extract.
_OTHER = {
    True: "The passphrase is right, but your role works on an extract, and this window shows the records: leave it with "
    "Ctrl+Q, which loses nothing, then start spoc again.",
    False: "The passphrase is right, but this window shows only an extract: leave it with Ctrl+Q, then start spoc again.",
}
SET_UP = ".spoc-set-up-"  # the hidden folder in which a new store is built
RESTORED = "spoc.restored"  # beside a restored store that has not begun its new stream yet


@dataclass(frozen=True, slots=True)
class Desk:
    """An open store, its folder and the advisor who signed in. ``close`` it when done."""

    store: Store
    actor: Actor
    folder: Path
    key: bytes = field(default=b"", repr=False)
    window: Window | None = None

    @property
    def alarms(self) -> tuple[str, ...]:
        """What the person at the desk must be told: one sentence each, with its next step."""
        return tuple(filter(None, (self.store.older, *self.store.alarms)))

    @property
    def demo(self) -> bool:
        """Whether everything is invented. Such a store says so on every screen."""
        return self.store.settings.get("demo") == "yes"

    @property
    def name(self) -> str:
        name = self.store.settings.get("desk", "")
        shown = f"DEMO · {name}" if self.demo else name
        of = local(self.store.reader, "as_of") if self.store.is_extract else ""
        return f"{shown} · as of {shown_instant(from_text(of))}" if of else shown

    @property
    def service(self) -> str:
        return self.store.settings.get("service", "")

    def close(self) -> None:
        """Finishes what is being written, closes the store and releases its window. Twice does nothing."""
        if not (self.demo or self.store.is_extract):
            with suppress(Exception):  # other code reports a store that was damaged meanwhile
                marker.put(self.folder, self.store.reader, self.store.now())
        try:
            self.store.close()
        finally:
            if self.window is not None:
                self.window.release()


# -- signing in ----------------------------------------------------------------------------------


def sign_in(
    folder: Path,
    passphrase: str,
    name: str | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    window: bool = True,
) -> Desk:
    """Opens the store for the advisor with this passphrase, and records it with the earlier wrong tries.

    ``window`` holds the store for one window; a command beside it needs none. Raises WrongPassphrase (also
    during the wait after wrong tries), StoreInUse and what opening a store raises.
    """
    finish_set_up(folder)
    _records_there(folder)
    claim = hold(folder) if window else None
    try:
        not_too_soon(folder, now())
        unlocked = keys.unlock(folder, passphrase, name, now=now())
        desk = open_for(folder, unlocked, claim, now)
    except BaseException:
        if claim is not None:
            claim.release()
        raise
    record_tries(desk)
    audit.record(desk.store, desk.actor, "sign-in", detail="window" if window else "command")
    # also at the end, which a killed program does not reach
    if window and not (desk.demo or desk.store.is_extract):
        desk.store.submit(lambda db: marker.put(folder, db, now()))  # once the sign-in is recorded
    return hand_over(desk, desk.actor) if window else desk


def _records_there(folder: Path) -> None:
    """Raises StoreDamaged, before a passphrase is tried, if there is only a key file; NotAStore if records
    that were here are gone."""
    if (folder / KEY_FILE).exists() and not (folder / STORE_FILE).exists():
        raise records_gone(folder)
    if not any((folder / each).exists() for each in (KEY_FILE, STORE_FILE)) and (
        text := marker.gone(folder)
    ):
        raise NotAStore(text)


def unlock(desk: Desk, passphrase: str, name: str | None = None) -> Actor:
    """Checks a passphrase at a locked desk, and records it; returns whose it is.

    It may be a colleague's, who then takes the desk (see ``hand_over``). Raises WrongPassphrase if it is
    nobody's, or too soon after wrong tries.
    """
    now = desk.store.now()
    not_too_soon(desk.folder, now)
    unlocked = keys.unlock(desk.folder, passphrase, name or desk.actor.name, now=now)
    if unlocked.extract != desk.store.is_extract:
        raise WrongPassphrase(_OTHER[unlocked.extract])
    forged = _leave_out(desk.store)
    actor = _actor(desk.store, unlocked)
    desk.store.alarms = (*forged, *vouch(desk.store, desk.folder, actor, unlocked))
    record_tries(desk)
    audit.record(desk.store, actor, "sign-in", purpose="unlock")
    return actor


def hand_over(desk: Desk, actor: Actor) -> Desk:
    """The same desk with a colleague at it: what the previous person left unfinished becomes open contacts."""
    if may(actor.role, "contact.log"):
        left = drafts.waiting(desk.store, actor)
        for done in sheets.hand_on(
            desk.store, actor, [each for each in left if each.actor != actor.id]
        ):
            done.result()
    return replace(desk, actor=actor)


def seconds_to_wait(folder: Path, now: datetime) -> float:
    """How long the next try of a passphrase has to wait."""
    return tries.to_wait(folder, now)


def not_too_soon(folder: Path, now: datetime) -> None:
    """Raises WrongPassphrase, with a sentence, during the wait after wrong tries."""
    if (seconds := seconds_to_wait(folder, now)) > 0:
        raise WrongPassphrase(
            f"After several wrong tries the next one waits {seconds:.0f} seconds; the records are safe. "
            "Wait, check Caps Lock, then type the passphrase again."
        )


def open_for(
    folder: Path,
    unlocked: keys.OpenedKeys,
    window: Window | None,
    now: Callable[[], datetime],
    *,
    with_code: bool = False,
) -> Desk:
    """The desk of somebody whose key is already known; a restored store begins its own streams.

    Whoever holds no key of the store gets the desk of the extract, except by the recovery code (``with_code``).
    Raises NotAllowed if the extract is not there.
    """
    if unlocked.extract:
        store, key = open_extract(folder, unlocked, now)
        desk = _desk_of(store, folder, key, unlocked, window)
        if holds_key(desk.actor.role):
            store.close()
            raise not_given(desk.actor.role)
        return desk
    key = key_in_force(folder, unlocked, alone=window is not None)
    store = open_store(folder, key, now=now)
    try:
        restored = (folder / RESTORED).exists()
        before = "" if restored else marker.was_older(folder, now())
        keys_older = "" if restored else marker.older_keys(folder, store.reader)
        older = _sit(store, folder, now())
        store.older = " ".join(filter(None, (older, keys_older, before)))
        desk = _desk_of(store, folder, key, unlocked, window)
        if older or keys_older:
            what = "records" if older else "key file"
            audit.record(store, desk.actor, "older", detail=f"an older copy of the {what} lay here")
            if not restored:
                marker.note_older(folder, now())
        audit.pay(store)
        with suppress(Refusal):  # an extract that does not open is made again
            returning.take_in(store, folder, key)
        if with_code or not _key_to_take_away(desk):
            return desk
    except BaseException:
        store.close()
        raise
    if window is None:  # the store gets the new key when a window next opens it
        return desk
    store.close()
    return open_for(folder, holders.reopened(folder, unlocked), window, now)


def _key_to_take_away(desk: Desk) -> bool:
    """Takes the store's key away from users whose role does not hold it (as in a store of an earlier
    version); returns whether there were any. Raises NotAllowed if one of them is signing in."""
    db, own = desk.store.reader, keys.store_id(desk.folder)
    if holds_key(desk.actor.role) and holding.is_news(db, own):
        with suppress(Refusal):
            desk.store.submit(lambda db: holding.remember(db, own)).result()
    known = holding.members(db, own)
    content, _ = keyfile.read(desk.folder)
    if not holds_key(desk.actor.role):
        holding_it = {user for user, each in known.users.items() if each.holds}
        here = holding_it & {each.user for each in content.slots}
        rows = db.conn.execute("SELECT id, name FROM user").fetchall()
        raise not_yet(name for user, name in rows if user in here)
    signing_in = known.users.get(desk.actor.id)
    if signing_in is None or not signing_in.holds or not holders.overdue(content, known):
        return False  # a ledger that says nothing of whoever has the key locks nobody out: it does not verify
    try:
        holders.take_key_away(desk.folder, desk.key, known)
    except Refusal:  # the disk is full: the next time
        return False
    return True


def _desk_of(
    store: Store, folder: Path, key: bytes, unlocked: keys.OpenedKeys, window: Window | None
) -> Desk:
    """The desk of an open store for whoever unlocked it. Its alarms say if something is wrong with their key."""
    try:
        forged = _leave_out(store)
        actor = _actor(store, unlocked)
        store.alarms = (*forged, *vouch(store, folder, actor, unlocked))
        return Desk(store, actor, folder, key, window)
    except BaseException:
        store.close()
        raise


def judge_again(desk: Desk) -> None:
    """Judges again what the ledger says about users and desks, as at a sign-in, because another program wrote
    to the store."""
    store = desk.store
    forged = _leave_out(store)
    store.alarms = tuple(dict.fromkeys((*forged, *store.alarms)))


def _leave_out(store: Store) -> tuple[str, ...]:
    """Keeps off the screens what somebody wrote about users and desks without being entitled to it. Returns
    what to say about it, to everybody for a fortnight, or "". If the disk is full it is left out the next
    time."""
    forged, now = belief.forged(store.reader), store.now()
    if not forged:
        return ()
    noticed = local(store.reader, "forged")
    if noticed is None or forged.keys() - belief.left_out(store.reader):
        noticed = {"at": utc_text(now)}

        def job(db: Database) -> None:
            belief.refuse(db, store.book, forged)
            keep_local(db, "forged", noticed)

        with suppress(Refusal):
            store.submit(job).result()
    return (FORGED,) if now - from_text(noticed["at"]) < marker.SAID_FOR else ()


def _actor(store: Store, unlocked: keys.OpenedKeys) -> Actor:
    found = store.reader.conn.execute(
        "SELECT name, role FROM user WHERE id = ? AND _void = 0", (unlocked.user,)
    ).fetchone()
    if found is None:
        raise NotAllowed(
            "The passphrase is right, but this store knows no such advisor any more; nothing was opened. "
            "Ask a named professional to add you again."
        )
    store.keyring.hold(unlocked.user, unlocked.private_key)  # until the lock, or somebody else's
    return Actor(unlocked.user, found[0], found[1])


def record_tries(desk: Desk) -> None:
    """Records the wrong tries since the last success as one audit entry, then forgets them."""
    if wrong := tries.failed(desk.folder):
        text = f"{len(wrong)} wrong, {utc_text(wrong[0])} to {utc_text(wrong[-1])}"
        gone = tries.taken_away(desk.folder)
        if gone and not _recorded_since(desk.store, utc_text(gone[-1])):
            text += f"; {tries.FILE}, which lists them, was deleted meanwhile"
        kept = audit.record(desk.store, desk.actor, "failed-sign-in", detail=text)
        kept.add_done_callback(lambda done: None if done.exception() else tries.clear(desk.folder))


def _recorded_since(store: Store, at: str) -> bool:
    """Whether another program, beside this window, has recorded the wrong tries up to then."""
    found = store.reader.conn.execute(
        "SELECT 1 FROM audit WHERE kind = 'failed-sign-in' AND _first_at >= ?", (at,)
    )
    return found.fetchone() is not None


def finish_set_up(folder: Path) -> None:
    """Finishes a commit that a power cut interrupted between the store and its key file."""
    if (folder / STORE_FILE).exists() and not (folder / KEY_FILE).exists():
        for hidden in folder.glob(f"{SET_UP}*"):
            if (hidden / KEY_FILE).exists() and not (hidden / STORE_FILE).exists():
                os.rename(hidden / KEY_FILE, folder / KEY_FILE)
                sync_folder(folder)
                shutil.rmtree(hidden, ignore_errors=True)
                return


def _sit(store: Store, folder: Path, now: datetime) -> str:
    """Begins new streams if the store was restored or copied: it is elsewhere than when it was last opened,
    or had more in it here. Two copies must never write under one name. Returns what to say about an older
    one."""
    seat = hashlib.sha256(f"{platform.node()}\0{folder.resolve()}".encode()).hexdigest()
    before, restored = local(store.reader, "seat"), (folder / RESTORED).exists()
    older = marker.older(folder, store.reader) if before == seat else ""
    if before == seat and not restored and not older:
        return ""

    def job(db: Database) -> None:
        if restored or before is not None:
            new_streams(db, now)
        keep_local(db, "seat", seat)

    store.submit(job).result()
    if restored:
        remove_quietly(folder / RESTORED)
    return older


def new_streams(db: Database, now: datetime) -> None:
    """Makes everything written from here on this copy's own, whatever became of the store it was copied
    from."""
    former = {stream: local(db, stream) for stream in ("stream", "audit_stream")}
    keep_local(db, "former_streams", [*(local(db, "former_streams") or []), former])
    for stream in former:
        keep_local(db, stream, append.new_id(now).hex())
