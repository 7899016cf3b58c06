"""The desk that invites: invitations, letting in the desks that ask with the right code, and its answer to each."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.ledger.entry import Command, canonical
from spoc.model.ledger.table import natural_id
from spoc.model.rules.access import ROLES, holds_key, may, may_grant, require
from spoc.model.values.instants import from_text, utc_text
from spoc.storage import keyring, sealing
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks import places
from spoc.storage.desks.group import DeskMember, Group
from spoc.storage.driver import Database
from spoc.storage.keyring import Keys
from spoc.storage.ledger import append
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import paper_codes
from spoc.storage.service import users
from spoc.storage.store_folder import write_durably
from spoc.sync.joining.invitations import (
    FORMAT,
    LONGEST,
    answered,
    asked,
    desk_of_fields,
    fields_of_desk,
    key_of,
    mac,
)
from spoc.sync.visit import SyncVisit

VALID = timedelta(hours=24)
SEALED = True  # whether this version reads a request of which nothing is in clear


def invite(desk: Desk, name: str, role: str, out: Path, *, sure: bool = False) -> str:
    """Writes an invitation for somebody into a new file; returns the code that goes with it.

    ``sure`` confirms that a name which could be mistaken for another's belongs to somebody else. Raises
    NotAllowed by role, LooksAlike if nobody has confirmed that, BadInput if the name or the file cannot be
    used.
    """
    require(desk.actor.role, "sync.invite")
    if not may_grant(desk.actor.role, role):
        raise NotAllowed(
            f"Your role may not invite a {ROLES.get(role, role).lower()}; nothing was written. Ask a named professional."
        )
    if not holds_key(role):
        raise BadInput(
            f"A desk of the service holds its records, and no {ROLES[role].lower()} holds their key; nothing was written. "
            "Add them as a user of this desk."
        )
    shown = users.as_written(name)
    users.like_nobody(desk, shown, sure)
    if out.exists():
        raise BadInput(f"The file {out} is there already and was left as it is. Name a new one.")
    store, code, now = desk.store, paper_codes.new_code(), desk.store.now()
    if local(store.reader, "joining"):
        raise NotAllowed(
            "This desk has not been let in itself yet, so it cannot invite another; nothing was written. The desk that "
            "invited it can."
        )

    def job(db: Database) -> dict[str, Any]:
        own, group = founded(db, desk, now)
        found = db.conn.execute(
            "SELECT id, role FROM user WHERE _void = 0 AND name = ? COLLATE NOCASE", (shown,)
        ).fetchone()
        if found and found[0] != desk.actor.id:
            raise NotAllowed(
                f"{shown} uses this service already, and only they add a desk of their own: nobody else can give out "
                "a key in their name. Nothing was written. Let them make it at a desk where they sign in themselves."
            )
        user = found[0] if found else _invited_before(db, shown) or append.new_id(now)
        number = os.urandom(16)
        lookup = {
            "spoc": "invitation",
            "version": FORMAT,
            "group": group.id.hex(),
            "service": desk.service,
            "pack": store.settings.get("pack", "generic"),
            "invite": number.hex(),
            "user": user.hex(),
            "name": shown,
            "role": found[1] if found else role,
            "until": utc_text(now + VALID),
            "sealed": SEALED,
            "roots": local(db, "roots") or [],
            "desk": fields_of_desk(DeskMember(own.id, desk.name, own.verifying, own.sealing)),
        }
        key = key_of(code, number)
        kept = {
            "key": key.hex(), "user": lookup["user"], "name": shown, "role": lookup["role"],
            "until": lookup["until"], "known": bool(found),
        }  # fmt: skip
        keep_local(db, "invites", {**(local(db, "invites") or {}), number.hex(): kept})
        return {**lookup, "mac": mac(key, lookup)}

    fields = store.submit(job).result()
    try:
        write_durably(out, json.dumps(fields, indent=1).encode() + b"\n")
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise BadInput(f"The invitation {out} was not written: {why}. Name another file.") from None
    return code


def _invited_before(db: Database, name: str) -> bytes:
    """The id of somebody who was invited under this name and was not let in: their desk may ask again with a new
    invitation."""
    for kept in (local(db, "invites") or {}).values():
        if kept["name"] == name and not (kept["known"] or kept.get("desk")):
            return bytes.fromhex(kept["user"])
    return b""


def founded(db: Database, desk: Desk, now: datetime) -> tuple[Keys, Group]:
    """This desk's keys and its group, which it founds if it has none. Within a writing job."""
    own = keyring.own_keys(db, now)
    group = groups.group_of(db)
    if group is None:
        group = Group(os.urandom(16), os.urandom(32))
        groups.keep_group(db, group)
        desk.store.append(db, desk.actor, [groups.record(own, desk.name, desk.actor.id)])
    return own, group


# -- letting in ----------------------------------------------------------------------------------


def admit(visit: SyncVisit) -> tuple[list[str], list[str]]:
    """Lets in the desks that ask with the right code; returns what to say about them, and what was wrong."""
    desk, store, listed = visit.desk, visit.store, visit.listed
    notes, problems = list[str](), list[str]()
    for number, kept in (local(store.reader, "invites") or {}).items():
        name = f"{visit.home}join/{number}.ask"
        if kept.get("used") or name not in listed or listed[name] > LONGEST:
            continue
        if not _may_let_in(desk, kept):
            notes.append(
                f"{kept['name']} waits to be let in: sync once more when somebody who may invite them has signed in."
            )
            continue
        try:
            member, key = _asked(visit.transport.get(name), number, kept, store.now())
            again = groups.members(store.reader).get(member.id) == member  # with two invitations
            if not (kept["known"] or again):
                users.not_taken(store.reader, kept["name"])
        except BadInput as refused:
            problems.append(str(refused))
            _use(desk, number)
            continue
        kept["answer"] = _answer(visit, number, member).hex()
        _use(desk, number, member, kept, key)
        notes.append(
            f"{kept['name']} has joined with the desk {member.name}. Compare by voice: {member.fingerprint}."
        )
    _put_answers(visit)
    return notes, problems


def _put_answers(visit: SyncVisit) -> None:
    """Puts the answer there for each desk that was let in and has not been heard of yet: also if the computer
    stopped before, or the place has lost it."""
    store = visit.store
    heard, members, settled = places.witnessed(store.reader), groups.members(store.reader), set()
    for number, kept in (local(store.reader, "invites") or {}).items():
        if not kept.get("answer"):
            continue
        name = f"{visit.home}join/{number}.yes"
        if kept["desk"] in heard or bytes.fromhex(kept["desk"]) not in members:
            settled.add(number)
        elif name not in visit.listed:
            with suppress(FileExistsError):  # the desk that asked says so if it is not this one's
                visit.transport.put_new(name, bytes.fromhex(kept["answer"]))

    def job(db: Database) -> None:
        invites = local(db, "invites") or {}
        for number in settled:
            invites[number]["answer"] = ""
        keep_local(db, "invites", invites)

    if settled:
        store.submit(job).result()


def _may_let_in(desk: Desk, kept: Mapping[str, Any]) -> bool:
    """Whether the person signed in here may let somebody in, which is recorded in their name: not while the
    desk is locked."""
    actor = desk.actor
    if not desk.store.keyring.signs(actor.id):
        return False
    if kept["known"]:
        return actor.id.hex() == str(kept["user"])
    return may(actor.role, "sync.invite") and may_grant(actor.role, str(kept["role"]))


def _asked(
    data: bytes, number: str, kept: Mapping[str, Any], now: datetime
) -> tuple[DeskMember, dict[str, str]]:
    """The desk that asks, and its user's keys. Raises BadInput if the request is not valid."""
    again = "Make a new invitation for the same person and hand its code over by voice or on paper."
    if from_text(kept["until"]) < now:
        raise BadInput(
            f"The invitation for {kept['name']} is more than a day old and does not count any more. {again}"
        )
    try:
        value = asked(bytes.fromhex(kept["key"]), number, data)
        key = {each: str(value["user_key"][each]) for each in ("public_key", "sign_key")}
        if {len(bytes.fromhex(each)) for each in key.values()} != {32}:
            raise ValueError
        return desk_of_fields(value["desk"]), key
    except (ValueError, KeyError, TypeError, sealing.SealBroken):
        raise BadInput(
            f"Somebody asked to be let in with the invitation for {kept['name']}, but not with its code; nobody was "
            f"let in. {again}"
        ) from None


def _answer(visit: SyncVisit, number: str, member: DeskMember) -> bytes:
    """The group key and every desk, sealed to the joining desk and signed by this one."""
    group, own = visit.group, visit.own
    every = groups.members(visit.store.reader).values()
    inner = canonical(
        {
            "key": group.key.hex(),
            "epoch": group.epoch,
            "former": [[epoch, key.hex()] for epoch, key in group.former],
            "without": sorted(each.hex() for each in group.without),
            "desks": [fields_of_desk(each) for each in every],
        }
    )
    box = sealing.seal(member.sealing, inner, b"spoc join 1\0" + bytes.fromhex(number))
    return canonical(
        {"by": own.id.hex(), "box": box.hex(), "signature": own.sign(answered(number, box)).hex()}
    )


def _use(
    desk: Desk,
    number: str,
    member: DeskMember | None = None,
    kept: Mapping[str, Any] | None = None,
    key: Mapping[str, str] | None = None,
) -> None:
    """Uses up the invitation; records the desk that joined with it, and its user if new."""

    def job(db: Database) -> None:
        invites = local(db, "invites") or {}
        invites[number]["used"] = True
        if member is None or kept is None or key is None:
            keep_local(db, "invites", invites)
            return
        invites[number] |= {"answer": kept["answer"], "desk": member.id.hex()}
        keep_local(db, "invites", invites)
        if groups.members(db).get(member.id) == member:
            return
        user = bytes.fromhex(kept["user"])
        further = {"user": user.hex(), **key}
        commands = [
            groups.member_record(member, user),
            Command("user_key", natural_id(desk.store.tables["user_key"], further), further),
        ]
        if not kept["known"]:
            commands.append(Command("user", user, {"name": kept["name"], "role": kept["role"]}))
        desk.store.append(db, desk.actor, commands)

    desk.store.submit(job).result()
