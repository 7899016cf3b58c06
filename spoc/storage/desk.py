"""The desk: an open store and who sits at it, and the ways to one: sign in, set up, recover, restore.

What every screen and command is handed. Nothing here is slow but the passphrase: run it in a thread.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spoc.guidance.pack import load
from spoc.model.access import ROLES, may
from spoc.model.entry import Actor, Command
from spoc.model.errors import BadInput, NotAllowed, Refusal, StoreExists, WrongPassphrase
from spoc.model.ids import uuid7
from spoc.model.instants import utc_text
from spoc.model.plain import visible
from spoc.storage import audit, backup, drafts, keys, ledger, sealing, settings, sheets
from spoc.storage.driver import Database
from spoc.storage.migrations import keep_local, local
from spoc.storage.place import (
    KEY_FILE,
    STORE_FILE,
    cannot_write,
    check,
    remove_quietly,
    sync_folder,
    write_durably,
)
from spoc.storage.rekeying import key_in_force
from spoc.storage.store import Store, open_store, records_gone, utc_now
from spoc.storage.window import Window, hold

_SET_UP = ".spoc-set-up-"  # the hidden folder in which a store is built before it is one
_RESTORED = "spoc.restored"  # beside a restored store that has not begun its new stream yet
_ALONE = "spoc.keys.alone"  # a key file that stood alone before a backup was put back
_ABANDONED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """An open store, its folder and the advisor who signed in. ``close`` it when done."""

    store: Store
    actor: Actor
    folder: Path
    key: bytes = field(default=b"", repr=False)
    window: Window | None = None

    @property
    def demo(self) -> bool:
        """Whether all of it is invented. Such a store says so on every screen."""
        return self.store.settings.get("demo") == "yes"

    @property
    def name(self) -> str:
        name = self.store.settings.get("desk", "")
        return f"DEMO · {name}" if self.demo else name

    @property
    def service(self) -> str:
        return self.store.settings.get("service", "")

    def close(self) -> None:
        """Finish what is being written, close the store and let its window go. Twice does nothing."""
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
    """Open the store for the advisor whose passphrase this is, and record it with the wrong tries before.

    ``window`` holds the store for one window; a command beside it does without. Raises WrongPassphrase
    (also where the wait after wrong tries is not over), StoreInUse and what opening a store raises.
    """
    finish_set_up(folder)
    _records_there(folder)
    held = hold(folder) if window else None
    try:
        not_too_soon(folder, now())
        unlocked = keys.unlock(folder, passphrase, name, now=now())
        desk = _open(folder, unlocked, held, now)
    except BaseException:
        if held is not None:
            held.release()
        raise
    _record_tries(desk)
    audit.record(desk.store, desk.actor, "sign-in", detail="window" if window else "command")
    return hand_over(desk, desk.actor) if window else desk


def _records_there(folder: Path) -> None:
    """Raise StoreDamaged, before a passphrase is tried, where the key file stands alone."""
    if (folder / KEY_FILE).exists() and not (folder / STORE_FILE).exists():
        raise records_gone(folder)


def unlock(desk: Desk, passphrase: str, name: str | None = None) -> Actor:
    """Check a passphrase at a locked desk, and record it; gives whose it is.

    It may be a colleague's: then somebody else sits down (see ``hand_over``). Raises WrongPassphrase
    where it is nobody's, or too soon after wrong tries.
    """
    now = desk.store.now()
    not_too_soon(desk.folder, now)
    unlocked = keys.unlock(desk.folder, passphrase, name or desk.actor.name, now=now)
    actor = _actor(desk.store, unlocked)
    _record_tries(desk)
    audit.record(desk.store, actor, "sign-in", purpose="unlock")
    return actor


def hand_over(desk: Desk, actor: Actor) -> Desk:
    """The same desk with a colleague at it: what the one before left unfinished becomes open contacts."""
    if may(actor.role, "contact.log"):
        left = drafts.waiting(desk.store, actor)
        for done in sheets.hand_on(
            desk.store, actor, [each for each in left if each.actor != actor.id]
        ):
            done.result()
    return replace(desk, actor=actor)


def seconds_to_wait(folder: Path, now: datetime) -> float:
    """How long the next try of a passphrase has to wait."""
    return keys.wait_before_next_try(keys.failed_tries(folder), now)


def not_too_soon(folder: Path, now: datetime) -> None:
    """Raise WrongPassphrase, in words, where the wait after wrong tries is not over."""
    if (seconds := seconds_to_wait(folder, now)) > 0:
        raise WrongPassphrase(
            f"After several wrong tries the next one waits {seconds:.0f} seconds; the records are safe. "
            "Wait, check Caps Lock, then type the passphrase again."
        )


def _open(
    folder: Path, unlocked: keys.Unlocked, held: Window | None, now: Callable[[], datetime]
) -> Desk:
    key = key_in_force(folder, unlocked, alone=held is not None)
    store = open_store(folder, key, now=now)
    try:
        if (folder / _RESTORED).exists():
            store.submit(lambda db: _new_streams(db, now())).result()
            remove_quietly(folder / _RESTORED)
        return Desk(store, _actor(store, unlocked), folder, key, held)
    except BaseException:
        store.close()
        raise


def _actor(store: Store, unlocked: keys.Unlocked) -> Actor:
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


def _record_tries(desk: Desk) -> None:
    """The wrong tries since the last success become one audit entry, then they are forgotten."""
    if tries := keys.failed_tries(desk.folder):
        said = f"{len(tries)} wrong, {utc_text(tries[0])} to {utc_text(tries[-1])}"
        kept = audit.record(desk.store, desk.actor, "failed-sign-in", detail=said)
        kept.add_done_callback(
            lambda done: None if done.exception() else keys.clear_tries(desk.folder)
        )


# -- setting up ----------------------------------------------------------------------------------


class Prepared:
    """A whole store in a hidden folder: nothing of it counts until ``commit``.

    ``code`` is the recovery code, shown once and kept nowhere.
    """

    def __init__(self, folder: Path, hidden: Path, made: bool, unlocked: keys.Unlocked, code: str):
        self.folder, self.code = folder, code
        self._hidden, self._made, self._unlocked = hidden, made, unlocked

    def commit(self) -> None:
        """Move the store, then its key file, into place. Raises StoreExists, FolderUnusable, DiskFull."""
        _nothing_there(self.folder)
        try:
            for name in (STORE_FILE, KEY_FILE):
                os.rename(self._hidden / name, self.folder / name)
            sync_folder(self.folder)
            sync_folder(self.folder.parent)
        except OSError as error:
            raise cannot_write(self.folder, error, "no store was set up") from None
        shutil.rmtree(self._hidden, ignore_errors=True)

    def open(self, *, now: Callable[[], datetime] = utc_now) -> Desk:
        """The desk of the store that was committed, for the advisor who set it up."""
        held = hold(self.folder)
        try:
            desk = _open(self.folder, self._unlocked, held, now)
        except BaseException:
            held.release()
            raise
        audit.record(desk.store, desk.actor, "sign-in", purpose="set-up")
        return desk

    def discard(self) -> None:
        """Remove all of it, and the folder where it was made for this. Nothing after ``commit``."""
        if self._hidden.exists():
            shutil.rmtree(self._hidden, ignore_errors=True)
            if self._made:
                _remove_if_empty(self.folder)


def prepare(
    folder: Path,
    service: str,
    desk: str,
    name: str,
    role: str,
    passphrase: str,
    pack: str = "generic",
    *,
    cost: sealing.Cost | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Prepared:
    """Build a new store in a hidden folder within ``folder``: its settings and its first advisor.

    Raises StoreExists, FolderUnusable, DiskFull, BadInput, BadPack; nothing is then left behind.
    """
    given = [("service's", service), ("desk's", desk), ("advisor's", name)]
    for what, text in given:
        if not text.strip() or visible(text) != text:
            raise BadInput(
                f"The {what} name is missing or not one line of text; nothing was set up. Type it and go on."
            )
    if role not in ROLES:
        raise BadInput(
            f"There is no such role; nothing was set up. Choose one of {', '.join(ROLES)}."
        )
    _nothing_there(folder)
    check(folder)
    words = load(pack)
    hidden, made = _hidden_folder(folder, now())
    user, own = uuid7(int(now().timestamp() * 1000), os.urandom(10)), os.urandom(32)
    try:
        key, code = keys.create(hidden, user, name.strip(), passphrase, cost or sealing.COST, own)
        public = keys.public_key(hidden, user)
        store = Store(hidden / STORE_FILE, key, words, now=now)
        try:
            chosen = {"service": service.strip(), "desk": desk.strip(), "pack": pack}
            commands = [settings.command(each, value) for each, value in chosen.items()]
            fields = {"name": name.strip(), "role": role, "public_key": public.hex()}
            commands.append(Command("user", user, fields))
            store.act(Actor(user, name.strip(), role), commands).result()
        finally:
            store.close()
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        if made:
            _remove_if_empty(folder)
        raise
    return Prepared(folder, hidden, made, keys.Unlocked(user, key, own), code)


def finish_set_up(folder: Path) -> None:
    """Finish a commit that a power cut broke off between the store and its key file."""
    if (folder / STORE_FILE).exists() and not (folder / KEY_FILE).exists():
        for hidden in folder.glob(f"{_SET_UP}*"):
            if (hidden / KEY_FILE).exists() and not (hidden / STORE_FILE).exists():
                os.rename(hidden / KEY_FILE, folder / KEY_FILE)
                sync_folder(folder)
                shutil.rmtree(hidden, ignore_errors=True)
                return


def _nothing_there(folder: Path) -> None:
    if (folder / STORE_FILE).exists() or (folder / KEY_FILE).exists():
        raise StoreExists(
            f"The folder {folder} already holds a store, which was left as it is. Sign in to it with: spoc, "
            "or choose another folder with --store."
        )


def _hidden_folder(folder: Path, now: datetime) -> tuple[Path, bool]:
    """A fresh hidden folder in ``folder``, and whether ``folder`` itself had to be made."""
    made = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(f"{_SET_UP}*"):  # of a set-up that was killed
            begun = datetime.fromtimestamp(left.stat().st_mtime, UTC)
            if now - begun > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=_SET_UP, dir=folder)), made
    except OSError as error:
        raise cannot_write(folder, error, "no store was set up") from None


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


# -- recovering and restoring ----------------------------------------------------------------------


def recover(
    folder: Path,
    code: str,
    name: str | None,
    new_passphrase: str,
    *,
    cost: sealing.Cost | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Actor:
    """Give an advisor a new passphrase with the recovery code, and record it.

    Raises WrongPassphrase (code or name), BadInput, StoreInUse and what opening a store raises.
    """
    finish_set_up(folder)
    with hold(folder):
        unlocked = keys.reset_passphrase(folder, code, name, new_passphrase, cost or sealing.COST)
        desk = _open(folder, unlocked, None, now)
        try:
            heads = desk.store.reader.conn.execute(
                "SELECT _heads FROM user WHERE id = ?", (unlocked.user,)
            ).fetchone()
            on = tuple(json.loads(heads[0]).get("public_key", ()))
            public = keys.public_key(folder, unlocked.user).hex()
            change = Command("user", unlocked.user, {"public_key": public}, {"public_key": on})
            desk.store.act(desk.actor, [change]).result()
            _record_tries(desk)
            audit.record(desk.store, desk.actor, "sign-in", purpose="recovery").result()
            return desk.actor
        finally:
            desk.close()


def restore(backup_folder: Path, folder: Path) -> None:
    """Put a backup in a folder without a store. At the first sign-in it begins a stream of its own.

    A key file whose records are gone is kept beside it as ``spoc.keys.alone``.

    Raises what spoc.storage.backup.restore raises, and FolderUnusable; nothing is then left behind.
    """
    check(folder)
    alone = (folder / KEY_FILE).exists() and not (folder / STORE_FILE).exists()
    if not alone:
        _nothing_there(folder)
    made = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if alone:
            os.rename(folder / KEY_FILE, folder / _ALONE)
        write_durably(folder / _RESTORED, b"")
        backup.restore(backup_folder, folder)
    except (OSError, Refusal) as error:
        remove_quietly(folder / _RESTORED)
        if alone and not (folder / KEY_FILE).exists():
            with contextlib.suppress(OSError):
                os.rename(folder / _ALONE, folder / KEY_FILE)
        if made:
            _remove_if_empty(folder)
        if isinstance(error, Refusal):
            raise
        raise cannot_write(folder, error, "the backup is safe") from None


def _new_streams(db: Database, now: datetime) -> None:
    """What is written from here on is this copy's own, whatever became of the store it was copied from."""
    former = {stream: local(db, stream) for stream in ("stream", "audit_stream")}
    keep_local(db, "former_streams", [*(local(db, "former_streams") or []), former])
    for stream in former:
        keep_local(db, stream, ledger.new_id(now).hex())
