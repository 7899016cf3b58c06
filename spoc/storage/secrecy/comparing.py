"""The key file compared with the ledger: whoever it lets in must be known, and have the known key.

The file is beside the store, and anybody who may write there can change it; the ledger is chained and
signed.
"""

from pathlib import Path

from spoc.model.errors import Refusal
from spoc.storage import sealing
from spoc.storage.driver import Database
from spoc.storage.migrations import local
from spoc.storage.secrecy import holding, keyfile
from spoc.storage.store_folder import KEY_FILE

_NEXT = (
    "Tell a named professional and IT: until it is mended, take no restricted call here. Put back spoc.keys from the "
    "newest backup, or remove and add whom it names; then run: spoc verify"
)


def differences(db: Database, folder: Path) -> list[str]:
    """Where the key file disagrees with the ledger, one sentence each with the next step; empty if they
    agree.

    A slot without any record is left to ``users.unfinished``: somebody was being added when it was
    interrupted.
    """
    if not (folder / KEY_FILE).exists():  # nobody can sign in without it, and sign-in says so
        return []
    # an extract may be older than the file; the check is for those who hold the store's key
    if local(db, "as_of"):
        return []
    try:
        content, _ = keyfile.read(folder)
    except Refusal as refused:
        return [str(refused)]
    people = {
        user: (name, gone, {public or ""})
        for user, name, gone, public in db.conn.execute(
            "SELECT id, name, _void, public_key FROM user"
        )
    }
    for user, public in db.conn.execute("SELECT user, public_key FROM user_key WHERE _void = 0"):
        if user in people:
            people[user][2].add(public or "")
    found = []
    for slot in content.slots:
        name, gone, public = people.get(slot.user, ("", False, {""}))
        if gone:
            found.append(
                f"The key file lets in {name}, who was removed: somebody put the entry of a leaver back. {_NEXT}"
            )
        elif public != {""} and slot.public.hex() not in public:
            found.append(f"The key file holds another key for {name} than the record. {_NEXT}")
    value = db.conn.execute(
        "SELECT public_key FROM recovery WHERE id = ? AND _void = 0", (content.store,)
    ).fetchone()
    named = holding.members(db, content.store).recovery.hex() or (value[0] if value else "")
    if named and named != content.recovery_public.hex():
        found.append(
            "The recovery code of the key file is not the one that the record names: the code on paper opens nothing, "
            f"and another may. {_NEXT}"
        )
    return found


def cheap_to_guess(db: Database, folder: Path) -> list[str]:
    """Slots with a passphrase that costs less to try than spoc requires, one sentence each: spoc never writes
    such a slot itself."""
    try:
        content, _ = keyfile.read(folder)
    except Refusal:  # reported elsewhere
        return []
    names = dict(db.conn.execute("SELECT id, name FROM user").fetchall())
    usual = sealing.COST
    return [
        f"The key file makes the passphrase of {names.get(slot.user, 'somebody')} cheap to guess ({slot.cost.memory:,} KiB "
        f"and {slot.cost.passes} passes for each try, instead of {usual.memory:,} and {usual.passes}): it was not spoc "
        "that wrote it so. They must choose a new one (spoc user passphrase). If it opens nothing any more, put back "
        "spoc.keys from the newest backup."
        for slot in content.slots
        if slot.cost.memory < usual.memory or slot.cost.passes < usual.passes
    ]
