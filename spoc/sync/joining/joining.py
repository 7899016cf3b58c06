"""Joining: an invitation in a file, a code by telephone or on paper, and two syncs until a desk is let in.

1. A desk of the service makes the invitation and keeps a key that it draws from the single-use code.
2. The joining desk is set up from file and code, and takes calls at once. Its first sync asks to be let in:
   its public keys under a MAC of that key.
3. The inviting desk checks that once, within a day, records the new desk, and seals the group key to it.
4. The joining desk's next sync finds that answer, signed by the desk that its invitation names.

Nobody gets in with the file but not the code, or with the share but not both (rule S4).
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from spoc.model.errors import BadInput, NotAllowed
from spoc.model.ledger.entry import Actor, Command, canonical
from spoc.model.ledger.table import natural_id
from spoc.model.rules.access import ROLES, holds_key, may, may_grant, require
from spoc.model.values.instants import from_text, utc_text
from spoc.storage import sealing, set_up
from spoc.storage.desk import Desk
from spoc.storage.desks import group as groups
from spoc.storage.desks.group import DeskMember, Group, Keys
from spoc.storage.driver import Database
from spoc.storage.ledger import append, belief
from spoc.storage.migrations import keep_local, local
from spoc.storage.secrecy import keys
from spoc.storage.service import users
from spoc.storage.set_up import Prepared
from spoc.storage.store import utc_now
from spoc.storage.store_folder import write_durably
from spoc.sync.joining import invitations
from spoc.sync.joining.invitations import FORMAT, LONGEST, member_of, said_of
from spoc.sync.transport import Transport
from spoc.sync.visit import Visit

VALID = timedelta(hours=24)


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
    store, code, now = desk.store, keys.new_code(), desk.store.now()

    def job(db: Database) -> dict[str, Any]:
        own, group = founded(db, desk, now)
        found = db.conn.execute(
            "SELECT id, role FROM user WHERE _void = 0 AND name = ? COLLATE NOCASE", (shown,)
        ).fetchone()
        if found and found[0] != desk.actor.id:
            raise NotAllowed(
                f"{shown} uses this service already, and only they add a desk of their own: nobody else can give out "
                "a key in their name. Nothing was written. Let them sign in here and make the invitation."
            )
        user = found[0] if found else append.new_id(now)
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
            "roots": local(db, "roots") or [],
            "desk": said_of(DeskMember(own.id, desk.name, own.verifying, own.sealing)),
        }
        key = _key(code, number)
        kept = {
            "key": key.hex(), "user": lookup["user"], "name": shown, "role": lookup["role"],
            "until": lookup["until"], "known": bool(found),
        }  # fmt: skip
        keep_local(db, "invites", {**(local(db, "invites") or {}), number.hex(): kept})
        return {**lookup, "mac": _mac(key, lookup)}

    fields = store.submit(job).result()
    try:
        write_durably(out, json.dumps(fields, indent=1).encode() + b"\n")
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise BadInput(f"The invitation {out} was not written: {why}. Name another file.") from None
    return code


def founded(db: Database, desk: Desk, now: datetime) -> tuple[Keys, Group]:
    """This desk's keys and its group, which it founds if it has none. Within a writing job."""
    own = groups.own_keys(db, now)
    group = groups.group_of(db)
    if group is None:
        group = Group(os.urandom(16), os.urandom(32))
        groups.keep_group(db, group)
        desk.store.append(db, desk.actor, [groups.record(own, desk.name, desk.actor.id)])
    return own, group


# -- the desk that joins ---------------------------------------------------------------------------


def prepare(
    folder: Path,
    invitation: Path,
    code: str,
    desk: str,
    passphrase: str,
    *,
    now: Callable[[], datetime] = utc_now,
) -> Prepared:
    """Builds the store of a desk that was invited; it takes effect once it is committed.

    Raises BadInput if the file or the code is wrong, and whatever setting up raises; nothing then remains.
    """
    fields = invitations.read(invitation)
    number = bytes.fromhex(fields["invite"])
    key = _key(code, number)
    if not hmac.compare_digest(fields.pop("mac"), _mac(key, fields)):
        raise BadInput(
            "The code does not belong to this invitation; nothing was set up. Check each group of the code, "
            "or ask for a new invitation."
        )
    if from_text(fields["until"]) < now():
        raise BadInput(
            "The invitation is more than a day old and does not count any more; nothing was set up. Ask for a new one."
        )

    def waits(db: Database) -> None:
        keep_local(
            db, "joining", {"group": fields["group"], "invite": fields["invite"], "key": key.hex()}
        )
        keep_local(db, "trusted", {fields["desk"]["id"]: fields["desk"]})
        for each in fields["roots"]:
            belief.trust(db, bytes.fromhex(each))
        keep_local(db, "unfilled", True)

    return set_up.prepare(
        folder, fields["service"], desk, fields["name"], fields["role"], passphrase, fields["pack"],
        now=now, known_as=bytes.fromhex(fields["user"]), also=waits,
    )  # fmt: skip


def ask(desk: Desk, transport: Transport) -> bool:
    """Asks to be let in, or takes the answer; returns whether this desk is now in the group."""
    store = desk.store
    waits = local(store.reader, "joining")
    if not waits:
        return True
    listed = transport.list()
    answer = f"{waits['group']}/join/{waits['invite']}.yes"
    if answer in listed and listed[answer] <= LONGEST:
        return _let_in(desk, transport.get(answer), waits)
    own = store.submit(lambda db: groups.own_keys(db, store.now())).result()
    fields = {
        "invite": waits["invite"],
        "desk": said_of(DeskMember(own.id, desk.name, own.verifying, own.sealing)),
        "user_key": _own_user_key(store.reader),
    }
    name = f"{waits['group']}/join/{waits['invite']}.ask"
    if name not in listed:
        transport.put_new(
            name, canonical({**fields, "mac": _mac(bytes.fromhex(waits["key"]), fields)})
        )
    return False


def _own_user_key(db: Database) -> dict[str, str]:
    """The key of this desk's user, from set-up."""
    public, signs = db.conn.execute(
        "SELECT public_key, sign_key FROM user_key ORDER BY _hlc, id LIMIT 1"
    ).fetchone()
    return {"public_key": public, "sign_key": signs}


def _let_in(desk: Desk, data: bytes, waits: Mapping[str, Any]) -> bool:
    """Takes the group key out of an answer that the inviting desk signed. Raises BadInput."""
    store = desk.store
    own = store.submit(lambda db: groups.own_keys(db, store.now())).result()
    trusted = groups.members(store.reader)
    try:
        value = json.loads(data)
        by, box = trusted[bytes.fromhex(value["by"])], bytes.fromhex(value["box"])
        if not sealing.is_signed(
            by.verifying, bytes.fromhex(value["signature"]), _answered(waits["invite"], box)
        ):
            raise ValueError
        inner = json.loads(
            sealing.unseal(own.private, box, b"spoc join 1\0" + bytes.fromhex(waits["invite"]))
        )
        group = Group(
            bytes.fromhex(waits["group"]),
            bytes.fromhex(inner["key"]),
            int(inner["epoch"]),
            tuple((int(epoch), bytes.fromhex(key)) for epoch, key in inner.get("former", ())),
            frozenset(bytes.fromhex(each) for each in inner.get("without", ())),
        )
    except (ValueError, KeyError, TypeError, sealing.SealBroken):
        raise BadInput(
            "The answer to this desk's request was not written by the desk that invited it; nothing was taken "
            "from it. Ask for a new invitation, and tell IT."
        ) from None

    def job(db: Database) -> None:
        groups.keep_group(db, group)
        keep_local(
            db,
            "trusted",
            {**(local(db, "trusted") or {}), **{each["id"]: each for each in inner["desks"]}},
        )
        db.conn.execute("DELETE FROM local WHERE key = 'joining'")

    store.submit(job).result()
    return True


# -- the desk that invited -------------------------------------------------------------------------


def admit(visit: Visit) -> tuple[list[str], list[str]]:
    """Lets in the desks that ask with the right code; returns what to say about them, and what was wrong."""
    desk, store, listed = visit.desk, visit.store, visit.listed
    notes, problems = list[str](), list[str]()
    for number, kept in (local(store.reader, "invites") or {}).items():
        name = f"{visit.home}join/{number}.ask"
        if kept.get("used") or name not in listed or listed[name] > LONGEST:
            continue
        if not _may_let_in(desk.actor, kept):
            notes.append(
                f"{kept['name']} waits to be let in: sync once more when somebody who may invite them has signed in."
            )
            continue
        try:
            member, key = _asked(visit.transport.get(name), number, kept, store.now())
            if not kept["known"]:
                users.not_taken(store.reader, kept["name"])
        except BadInput as refused:
            problems.append(str(refused))
            _use(desk, number)
            continue
        answer = _answer(visit, number, member)
        visit.transport.put_new(f"{visit.home}join/{number}.yes", answer)
        _use(desk, number, member, kept, key)
        notes.append(
            f"{kept['name']} has joined with the desk {member.name}. Compare by voice: {member.fingerprint}."
        )
    return notes, problems


def _may_let_in(actor: Actor, kept: Mapping[str, Any]) -> bool:
    """Whether the person signed in here may let somebody in, which is recorded in their name."""
    if kept["known"]:
        return actor.id.hex() == str(kept["user"])
    return may(actor.role, "sync.invite") and may_grant(actor.role, str(kept["role"]))


def _asked(
    data: bytes, number: str, kept: Mapping[str, Any], now: datetime
) -> tuple[DeskMember, dict[str, str]]:
    """The desk that asks, and its user's keys. Raises BadInput if the request is not valid."""
    again = "Make a new invitation and hand the code over by voice or on paper."
    if from_text(kept["until"]) < now:
        raise BadInput(
            f"The invitation for {kept['name']} is more than a day old and does not count any more. {again}"
        )
    try:
        value = json.loads(data)
        mac = value.pop("mac")
        if value["invite"] != number or not hmac.compare_digest(
            mac, _mac(bytes.fromhex(kept["key"]), value)
        ):
            raise ValueError
        key = {each: str(value["user_key"][each]) for each in ("public_key", "sign_key")}
        if {len(bytes.fromhex(each)) for each in key.values()} != {32}:
            raise ValueError
        return member_of(value["desk"]), key
    except (ValueError, KeyError, TypeError):
        raise BadInput(
            f"Somebody asked to be let in with the invitation for {kept['name']}, but not with its code; nobody was "
            f"let in. {again}"
        ) from None


def _answer(visit: Visit, number: str, member: DeskMember) -> bytes:
    """The group key and every desk, sealed to the joining desk and signed by this one."""
    group, own = visit.group, visit.own
    every = groups.members(visit.store.reader).values()
    inner = canonical(
        {
            "key": group.key.hex(),
            "epoch": group.epoch,
            "former": [[epoch, key.hex()] for epoch, key in group.former],
            "without": sorted(each.hex() for each in group.without),
            "desks": [said_of(each) for each in every],
        }
    )
    box = sealing.seal(member.sealing, inner, b"spoc join 1\0" + bytes.fromhex(number))
    return canonical(
        {"by": own.id.hex(), "box": box.hex(), "signature": own.sign(_answered(number, box)).hex()}
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
        keep_local(db, "invites", invites)
        if member is None or kept is None or key is None:
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


# -- what is said, and under which key -------------------------------------------------------------


def _key(code: str, number: bytes) -> bytes:
    """The key drawn from an invitation's code. Raises BadInput if it is not a code."""
    return sealing.hkdf("".join(keys.code_groups(code)).encode(), number, b"spoc invitation 1")


def _mac(key: bytes, fields: Mapping[str, Any]) -> str:
    return hmac.new(key, canonical(dict(fields)), hashlib.sha256).hexdigest()


def _answered(number: str, box: bytes) -> bytes:
    return b"spoc join 1\0" + bytes.fromhex(number) + box
