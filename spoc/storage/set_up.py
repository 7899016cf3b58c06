"""Ways to get a desk: setting one up, recovering it with the code, restoring a backup.

Only the passphrase is slow: run it in a thread.
"""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spoc.guidance.pack import load
from spoc.model.errors import BadInput, DiskFull, Refusal, StoreExists
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.ids import uuid7
from spoc.model.ledger.table import natural_id
from spoc.model.rules.access import ROLES, holds_key
from spoc.model.values.plain import visible
from spoc.storage import sealing
from spoc.storage.desk import RESTORED, SET_UP, Desk, finish_set_up, open_for, record_tries
from spoc.storage.desks import group as groups
from spoc.storage.driver import Database
from spoc.storage.extract import making
from spoc.storage.keyring import own_keys
from spoc.storage.ledger import audit, belief
from spoc.storage.secrecy import keyfile, keys
from spoc.storage.service import settings
from spoc.storage.start import start
from spoc.storage.store import Store, utc_now
from spoc.storage.store_folder import (
    EXTRACT_FILE,
    KEY_FILE,
    STORE_FILE,
    cannot_write,
    check,
    remove_quietly,
    sync_folder,
    write_durably,
)
from spoc.storage.upkeep import backup
from spoc.storage.window import hold

_ALONE = "spoc.keys.alone"  # a key file that was alone before a backup was restored
_ABANDONED = timedelta(days=1)


class Prepared:
    """A complete store in a hidden folder, which takes effect with ``commit``.

    ``code`` is the recovery code, shown once and stored nowhere.
    """

    def __init__(
        self, folder: Path, hidden: Path, made: bool, unlocked: keys.OpenedKeys, code: str
    ):
        self.folder, self.code = folder, code
        self._hidden, self._made, self._unlocked = hidden, made, unlocked

    def commit(self) -> None:
        """Moves the store, then its key file, into place. Raises StoreExists, FolderUnusable, DiskFull."""
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
        window = hold(self.folder)
        try:
            desk = open_for(self.folder, self._unlocked, window, now)
        except BaseException:
            window.release()
            raise
        audit.record(desk.store, desk.actor, "sign-in", purpose="set-up")
        return desk

    def discard(self) -> None:
        """Removes everything, including the folder if it was made for this. Does nothing after ``commit``."""
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
    known_as: bytes = b"",
    private: bytes = b"",
    also: Callable[[Database], None] = lambda db: None,
) -> Prepared:
    """Builds a new store in a hidden folder within ``folder``: its settings and its first advisor.

    ``known_as`` is the advisor's id if the service already knows them: a further desk of theirs;
    ``private`` is then their private key, if they bring it. ``also`` is done in the transaction that writes
    all this, before anything else.

    Raises StoreExists, FolderUnusable, DiskFull, BadInput, BadPack; nothing is then left behind.
    """
    _check_words(service, desk, name, role)
    _nothing_there(folder)
    check(folder)
    words = load(pack)
    hidden, made = _hidden_folder(folder, now())
    user = known_as or uuid7(int(now().timestamp() * 1000), os.urandom(10))
    own = private or os.urandom(32)
    try:
        key, code = keys.create(hidden, user, name.strip(), passphrase, cost or sealing.COST, own)
        store = start(hidden / STORE_FILE, key, words, now=now)
        try:
            store.keyring.hold(user, own)
            first_acts = [
                *_settings_commands(
                    store, service.strip(), desk.strip(), pack, joins=bool(known_as)
                ),
                *_user_commands(store, Actor(user, name.strip(), role), own, joins=bool(known_as)),
                Command("recovery", keys.store_id(hidden), keys.recovery_shown(hidden, code)),
            ]

            def job(db: Database) -> None:
                also(db)
                known = groups.record(own_keys(db, now()), desk.strip(), user)
                first = store.append(db, Actor(user, name.strip(), role), [*first_acts, known])
                belief.trust(db, first.content)

            store.submit(job).result()
        finally:
            store.close()
        _written_whole(hidden)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        if made:
            _remove_if_empty(folder)
        raise
    return Prepared(folder, hidden, made, keys.OpenedKeys(user, key, own), code)


def _check_words(service: str, desk: str, name: str, role: str) -> None:
    """Raises BadInput unless these can name a service, its desk and the first advisor, who holds the key."""
    for what, text in (("service's", service), ("desk's", desk), ("advisor's", name)):
        if not text.strip() or visible(text) != text:
            raise BadInput(
                f"The {what} name is missing or not one line of text; nothing was set up. Type it and go on."
            )
    if role not in ROLES:
        raise BadInput(
            f"There is no such role; nothing was set up. Choose one of {', '.join(ROLES)}."
        )
    if not holds_key(role):
        raise BadInput(
            f"Somebody who holds the key of the records sets a desk up: a {ROLES[role].lower()} works on an extract of "
            "them. Nothing was set up. Set it up for whoever takes calls there; they add the others."
        )


def _settings_commands(
    store: Store, service: str, desk: str, pack: str, *, joins: bool
) -> Iterator[Command]:
    """The names and the pack; a desk that ``joins`` gets the rest from the service."""
    yield settings.command("service", service)
    yield settings.command("pack", pack)
    yield settings.command("desk", desk, desk=settings.own_desk(store.reader))
    if (
        not joins
    ):  # a setting of the service: every desk must mark the rows of a list in the same way
        yield settings.command(settings.LIST_KEY, secrets.token_hex(32))


def _user_commands(store: Store, user: Actor, private: bytes, *, joins: bool) -> Iterator[Command]:
    """The user and their keys; to one whom the service knows (``joins``), a further key."""
    public = keys.public_fields(private)
    who = {"name": user.name, "role": user.role}
    if joins:
        further = {"user": user.id.hex(), **public}
        yield Command("user_key", natural_id(store.tables["user_key"], further), further)
        yield Command("user", user.id, who)
    else:
        yield Command("user", user.id, who | public)


def _written_whole(folder: Path) -> None:
    """Raises DiskFull if a new store's last pages did not get from the WAL into its file."""
    left = folder / f"{STORE_FILE}-wal"
    if left.exists() and left.stat().st_size:
        raise DiskFull(
            "There is no room on the disk for a store; none was set up. Make room, then start again."
        )


def _nothing_there(folder: Path) -> None:
    if (folder / STORE_FILE).exists() or (folder / KEY_FILE).exists():
        raise StoreExists(
            f"The folder {folder} already holds a store, which was left as it is. Sign in to it with: spoc, "
            "or choose another folder with --store."
        )


def _hidden_folder(folder: Path, now: datetime) -> tuple[Path, bool]:
    """A new hidden folder in ``folder``, and whether ``folder`` itself had to be made."""
    made = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(f"{SET_UP}*"):  # from a killed set-up
            begun = datetime.fromtimestamp(left.stat().st_mtime, UTC)
            if now - begun > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=SET_UP, dir=folder)), made
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
    """Gives an advisor a new passphrase with the recovery code, and records it.

    Raises WrongPassphrase (code or name), BadInput, StoreInUse and what opening a store raises.
    """
    finish_set_up(folder)
    with hold(folder):
        before = (folder / KEY_FILE).read_bytes()
        former = {slot.user: slot.public for slot in keyfile.read(folder)[0].slots}
        unlocked = keys.reset_passphrase(folder, code, name, new_passphrase, cost or sealing.COST)
        try:
            desk = open_for(folder, unlocked, None, now, with_code=True)
            try:
                change = _new_key(desk.store.reader, unlocked, former)
                _with_the_code(desk, change, code)
                # from here on nothing is undone: if the disk is full the record is written later
                record_tries(desk)
                audit.record(desk.store, desk.actor, "sign-in", purpose="recovery")
                with contextlib.suppress(Refusal):  # it is made at the next sign-in too
                    making.make(desk)
                return desk.actor
            finally:
                desk.close()
        except Refusal:  # not opened, or not recorded: put the key file back
            with contextlib.suppress(OSError):
                keyfile.take_back(folder, before)
            raise


def _with_the_code(desk: Desk, change: Command, code: str) -> None:
    """Writes somebody's new key, signed with it and with the recovery code."""
    seed = keys.recovery_seed(desk.folder, code)
    store, fields = desk.store, keys.recovery_shown(desk.folder, code)

    def job(db: Database) -> None:
        commands = [change]
        record = keys.store_id(desk.folder)
        value = db.conn.execute(
            "SELECT sign_key, _heads FROM recovery WHERE id = ?", (record,)
        ).fetchone()
        # the code was made before anything was signed
        if value is None or value[0] != fields["sign_key"]:
            on = {} if value is None else {"public_key": tuple(json.loads(value[1])["public_key"])}
            commands.append(Command("recovery", record, fields, on))
        store.append(db, desk.actor, commands, second=[seed])

    store.submit(job).result()


def _new_key(db: Database, unlocked: keys.OpenedKeys, former: Mapping[bytes, bytes]) -> Command:
    """The commands for somebody's new key at this desk, which replaces the former one in the ledger."""
    found = db.conn.execute(
        "SELECT 'user_key', id, _heads FROM user_key WHERE user = ?1 AND public_key = ?2"
        " UNION ALL SELECT 'user', id, _heads FROM user WHERE id = ?1 LIMIT 1",
        (unlocked.user, former[unlocked.user].hex()),
    ).fetchone()
    tbl, record, heads = found
    fields, former_heads = keys.public_fields(unlocked.private_key), json.loads(heads)
    return Command(
        tbl, record, fields, {name: tuple(former_heads.get(name, ())) for name in fields}
    )


def restore(backup_folder: Path, folder: Path) -> None:
    """Restores a backup into a folder without a store. At the first sign-in it begins its own stream.

    A key file whose records are gone is kept beside it as ``spoc.keys.alone``.

    Raises what spoc.storage.upkeep.backup.restore raises, and FolderUnusable; nothing is then left behind.
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
        write_durably(folder / RESTORED, b"")
        remove_quietly(folder / EXTRACT_FILE)  # of the records that were there before
        backup.restore(backup_folder, folder)
    except (OSError, Refusal) as error:
        remove_quietly(folder / RESTORED)
        if alone and not (folder / KEY_FILE).exists():
            with contextlib.suppress(OSError):
                os.rename(folder / _ALONE, folder / KEY_FILE)
        if made:
            _remove_if_empty(folder)
        if isinstance(error, Refusal):
            raise
        raise cannot_write(folder, error, "the backup is safe") from None
