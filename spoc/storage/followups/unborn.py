"""The unborn board: who is on it, and the acts by which a baby is born, lost, ended or moved."""

import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from spoc.model.followups.followup import STOPPED, FollowUp
from spoc.model.followups.unborn import BORN, MOVED, Unborn
from spoc.model.ledger.entry import Actor, Command
from spoc.model.ledger.ids import derived
from spoc.model.ledger.table import Value
from spoc.model.rules.access import require, sight_of
from spoc.model.rules.clock import to_local
from spoc.model.values import nhs_number
from spoc.model.values.dates import parse_day
from spoc.model.values.instants import utc_text
from spoc.storage.followups import followups
from spoc.storage.ledger.append import WrittenAct, new_id
from spoc.storage.secrecy import quiet, sealed_acts
from spoc.storage.store import Store

_FIELDS = (
    "person", "name", "edd", "mother", "mother_name", "contact", "plan", "plan_where", "holder", "ended",
    "ended_on", "area",
)  # fmt: skip
_READ = """
SELECT person.id, person.name, person.edd, person.mother, mother.name,
  (SELECT contact_person.contact FROM contact_person JOIN contact ON contact.id = contact_person.contact
   WHERE contact_person.person = person.id AND contact_person._void = 0 AND contact.sealed IS NULL
   ORDER BY contact.received_at DESC LIMIT 1),
  unborn.plan, unborn.plan_where, unborn.holder, unborn.ended, unborn.ended_on, unborn.area, unborn.born,
  unborn._heads
FROM person LEFT JOIN person AS mother ON mother.id = person.mother
LEFT JOIN unborn ON unborn.person = person.id AND unborn._void = 0
WHERE person.kind = 'unborn' AND person._void = 0 AND person.sealed IS NULL
ORDER BY person.edd IS NULL, person.edd, person.id
"""


def board(store: Store, actor: Actor, *, every: bool = False) -> list[Unborn]:
    """The babies who are expected, earliest first; with ``every`` also those who were born or moved away.
    Only those who work the case see one that was lost or ended."""
    require(actor.role, "followup.act")
    if not sight_of(actor.role).identifiers:
        return []
    rows = store.reader.conn.execute(_READ).fetchall()
    names = dict(
        store.reader.conn.execute("SELECT lower(hex(id)), name FROM person WHERE kind = 'child'")
    )
    linked = _linked(store)
    found = []
    lost = quiet.hidden(store, actor)
    for *own, born, heads in rows:
        fields: dict[str, Any] = {
            name: value or (b"" if name in ("person", "mother", "contact") else "")
            for name, value in zip(_FIELDS, own, strict=True)
        }
        one = Unborn(
            **fields,
            born=tuple(names.get(each, "a child") for each in json.loads(born or "[]")),
            heads={name: tuple(ids) for name, ids in json.loads(heads or "{}").items()},
        )
        others = linked.get(one.person, ())
        if others and one.ended in ("", BORN):  # recorded on the child's page
            born_there = tuple(names.get(each.hex(), "a child") for each in others)
            one = replace(one, ended=BORN, born=born_there)
        if one.person in lost:
            continue
        if not one.ended or every:
            found.append(one)
    return found


def _linked(store: Store) -> dict[bytes, list[bytes]]:
    """The children that each unborn baby became, by the links."""
    found: dict[bytes, list[bytes]] = {}
    for one, other in store.reader.conn.execute(
        "SELECT person, other FROM person_link WHERE kind = ? AND _void = 0 ORDER BY _hlc, id",
        (BORN,),
    ):
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def plan(
    store: Store, actor: Actor, one: Unborn, fields: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Records whether there is a plan, where the ward finds it, and who holds it."""
    return _write(store, actor, one, {name: text.strip() or None for name, text in fields.items()})


def born(
    store: Store, actor: Actor, one: Unborn, values: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Records a birth: the child gets a record, linked to the unborn one, so that both are one. Again for a
    twin. Raises BadInput."""
    require(actor.role, "followup.act")
    today = to_local(store.now()).date()
    number = values.get("nhs_number", "").strip()
    child = new_id(store.now())
    fields: dict[str, Value] = {
        "name": values["name"].strip(),
        "kind": "child",
        "dob": parse_day(values["dob"], today, past=True).isoformat(),
        "nhs_number": nhs_number.parse(number) if number else None,
        "mother": one.mother.hex() if one.mother else None,
    }
    link: dict[str, Value] = {
        "person": one.person.hex(),
        "other": child.hex(),
        "kind": BORN,
        "at": utc_text(store.now()),
    }
    ended: dict[str, Value] = {f"born.{child.hex()}": True}
    if one.ended != BORN:
        ended |= {"ended": BORN, "ended_on": fields["dob"], "ended_by": actor.id.hex()}
    return _write(
        store,
        actor,
        one,
        ended,
        [Command("person", child, fields), Command("person_link", new_id(store.now()), link)],
    )


def gone(
    store: Store, actor: Actor, one: Unborn, how: str, values: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Records that the pregnancy was lost, or ended: everything due to the family stops. Raises BadInput."""
    fields: dict[str, Value] = {
        "ended": how,
        "ended_on": _day(store, values.get("on", "")),
        "ended_by": actor.id.hex(),
        "why": values["why"].strip(),
    }
    due = [
        each for each in followups.open_ones(store, actor) if each.contact in _contacts(store, one)
    ]
    return _write(store, actor, one, fields, [_stopped(store, actor, each) for each in due])


def record_move(
    store: Store, actor: Actor, one: Unborn, values: Mapping[str, str]
) -> "Future[WrittenAct]":
    """Records that the family has moved: to which area, from what day. Raises BadInput."""
    fields: dict[str, Value] = {
        "ended": MOVED,
        "ended_on": _day(store, values["on"]),
        "ended_by": actor.id.hex(),
        "area": values["area"].strip(),
    }
    return _write(store, actor, one, fields)


def back(store: Store, actor: Actor, one: Unborn) -> "Future[WrittenAct]":
    """Undoes a slip: the baby is expected."""
    return _write(
        store, actor, one, {"ended": None, "ended_on": None, "ended_by": None, "area": None}
    )


def _day(store: Store, typed: str) -> str | None:
    if not typed.strip():
        return None
    return parse_day(typed, to_local(store.now()).date(), past=True).isoformat()


def _contacts(store: Store, one: Unborn) -> list[bytes]:
    """The contacts that mentioned the baby, except restricted ones."""
    found = store.reader.conn.execute(
        "SELECT DISTINCT contact FROM contact_person JOIN contact ON contact.id = contact"
        " WHERE person = ? AND contact_person._void = 0 AND contact.sealed IS NULL",
        (one.person,),
    )
    return [contact for (contact,) in found.fetchall()]


def _stopped(store: Store, actor: Actor, each: FollowUp) -> Command:
    fields: dict[str, Value] = {
        "ended": STOPPED,
        "ended_at": utc_text(store.now()),
        "ended_by": actor.id.hex(),
    }
    on = {name: each.heads[name] for name in fields if name in each.heads}
    return Command(each.tbl, each.id, fields, on)


def _write(
    store: Store,
    actor: Actor,
    one: Unborn,
    fields: Mapping[str, Value],
    more: list[Command] | None = None,
) -> "Future[WrittenAct]":
    require(actor.role, "followup.act")
    values: dict[str, Value] = {"person": one.person.hex(), **fields}
    on = {name: one.heads[name] for name in values if name in one.heads}
    record = derived("unborn", one.person.hex())
    commands = [*(more or []), Command("unborn", record, values, on)]
    contact = one.contact
    if not contact:
        return store.act(actor, commands)
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, commands))
