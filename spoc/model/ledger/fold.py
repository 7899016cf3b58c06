"""Fold: a record's values, from the entries that set them, whatever order they came in.

The heads of a field are the entries that set it and that no other entry replaces. A single head is the value.
Heads that differ are a conflict: all are kept and listed. If the pack gives an order, the safest value shows,
otherwise the latest. Only an entry that names all the heads ends the conflict.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from spoc.model.ledger.entry import Entry
from spoc.model.ledger.table import Kind, Table, Value, by_name

REF = re.compile("[0-9a-f]{32}")  # the id of a record, as a payload spells it
VOID = "_void"  # the field that removes a record
_STAYS = (False, True)  # if two people differ about that, the record stays
# What is not sealed in a restricted record: that it exists, and what it is counted by.
EXISTS: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"received_at", "opened_at", "closed_at", "advisor", "ref", VOID}),
    "attendance": frozenset(
        {"site", "arrived", "state", "adult", "parent", "rank", "reviewed", "taken_by", "taken_at"}
        | {"lists", "closed_to", "concern", VOID}
    ),
    "review": frozenset({"attendance", "at", "basis", VOID}),
}


# the values of a field, safest first, if the pack gives an order
Safer = Mapping[str, Sequence[Value]]


class FieldValue(NamedTuple):
    """One of the values of a field in conflict, and the entry that set it."""

    value: Value
    entry: Entry


@dataclass(frozen=True, slots=True)
class Folded:
    """A record, folded from its entries.

    ``heads`` maps each field to the ids (hex, sorted) of its heads; ``conflicts``
    maps a field to its differing values, the shown one first.
    """

    values: Mapping[str, Value]
    heads: Mapping[str, tuple[str, ...]]
    conflicts: Mapping[str, tuple[Value, ...]]
    first: Entry
    last: Entry
    # for each conflict, the values with their entries
    differing: Mapping[str, tuple[FieldValue, ...]] = field(default_factory=dict)
    amended: bool = False  # somebody changed it and gave a reason

    @property
    def void(self) -> bool:
        return bool(self.values.get(VOID))


def fold(entries: Iterable[Entry], safer: Safer | None = None) -> Folded:
    """Fold all entries of one record (at least one), in any order.

    For a field that an entry sets, its parents are the entries it replaces; for other fields they only show
    what its author had seen. Whoever removes a record names all of its entries: those they had not seen stand
    against the removal.
    """
    ordered = list(entries_by_id(entries).values())
    if len(ordered) == 1:  # as most records are
        only = ordered[0]
        values = dict(only.fields or {})
        return Folded(values, dict.fromkeys(values, (only.id.hex(),)), {}, only, only)
    ordered = in_order(ordered)
    setters: dict[str, list[Entry]] = {}
    replaced: dict[str, set[str]] = {}
    for entry in ordered:
        for name in entry.fields or ():
            setters.setdefault(name, []).append(entry)
        for name, ids in entry.parents.items():
            # even after an erasure, what it replaced stays replaced
            if entry.fields is None or name in entry.fields:
                replaced.setdefault(name, set()).update(ids)
    values = {}
    heads: dict[str, tuple[str, ...]] = {}
    differing: dict[str, tuple[FieldValue, ...]] = {}
    for name, setting in setters.items():
        gone = replaced.get(name)
        standing = [each for each in setting if not gone or each.id.hex() not in gone]
        heads[name] = tuple(sorted(each.id.hex() for each in standing))
        standing.sort(key=lambda each: (each.hlc, each.id), reverse=True)
        if standing:
            choices = [FieldValue((each.fields or {})[name], each) for each in standing]
            order = _STAYS if name == VOID else (safer or {}).get(name)
            if order:
                choices.sort(
                    key=lambda one: order.index(one.value) if one.value in order else len(order)
                )
            values[name] = choices[0].value
            if len({one.value for one in choices}) > 1:
                differing[name] = tuple(choices)
    if values.get(VOID) and (against := _against_removal(ordered, heads)):
        values[VOID], differing[VOID] = False, against
    conflicts = {
        name: tuple(dict.fromkeys(one.value for one in choices))
        for name, choices in differing.items()
    }
    amended = any(map(_amends, ordered))
    return Folded(values, heads, conflicts, ordered[0], ordered[-1], differing, amended)


def _against_removal(
    entries: Sequence[Entry], heads: Mapping[str, tuple[str, ...]]
) -> tuple[FieldValue, ...]:
    """The entries that nobody who removed the record had seen, and the removals; empty if they had seen
    everything. A removal written by an earlier version names nothing and counts as having seen everything."""
    by_id = {each.id.hex(): each for each in entries}
    removals = [by_id[each] for each in heads[VOID]]
    if not all(each.parents for each in removals):
        return ()
    seen = {one for each in removals for ids in each.parents.values() for one in ids}
    unseen = {
        one for name, ids in heads.items() if name != VOID for one in ids if one not in seen
    } - {each.id.hex() for each in removals}
    kept = [FieldValue(False, each) for each in entries if each.id.hex() in unseen]
    return (*reversed(kept), *(FieldValue(True, each) for each in removals)) if kept else ()


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of a record, each after those its author had seen; otherwise by clock, then by id.

    A desk's clock may be wrong, but what somebody saw was there before they wrote.
    """
    left = sorted(entries, key=lambda entry: (entry.hlc, entry.id))
    if len({each.stream for each in left}) == 1:
        return left
    there = {each.id.hex() for each in left}
    seen: dict[bytes, set[str]] = {}
    before: dict[bytes, str] = {}  # the last of each stream
    for each in left:
        seen[each.id] = {one for ids in each.parents.values() for one in ids} & there
        if each.stream in before:
            seen[each.id].add(before[each.stream])
        before[each.stream] = each.id.hex()
    found: list[Entry] = []
    while left:
        done = {each.id.hex() for each in found}
        following = next((each for each in left if seen[each.id] <= done), left[0])
        left.remove(following)
        found.append(following)
    return found


def _amends(entry: Entry) -> bool:
    """Whether an entry gives a reason. Taking over a contact does not change what it says."""
    return bool(entry.why) and set(entry.fields or ()) != {"advisor"}


def fold_for_desk(
    tbl: str, entries: Iterable[Entry], safer: Safer | None = None, within: bytes = b""
) -> Folded:
    """A record as this desk may see it; ``within`` is the restricted record that it belongs to.

    If one of its entries is sealed and was not opened, only that a contact exists, even if more was once written
    in clear; ``sealed`` then names the contact it belongs to.
    """
    every = list(entries)
    sealed = next((each.sealed for each in every if each.sealed), b"")
    owner = sealed or within
    if not owner:
        return fold(every, safer)
    if sealed and all(each.fields is not None for each in every if each.sealed):
        aside = set(in_clear_after(tbl, every))
        found = fold([each for each in every if each.id not in aside], safer)
        return replace(found, values={**found.values, "sealed": owner.hex()})
    found = fold(
        each._replace(
            fields={k: value for k, value in (each.fields or {}).items() if exists(tbl, k)},
            parents={name: ids for name, ids in each.parents.items() if exists(tbl, name)},
        )
        for each in every
    )
    values = {**found.values, "sealed": owner.hex()}
    if tbl == "contact":  # lists and counts need it; earlier versions sealed it
        values["received_at"] = values.get("received_at") or values.get("opened_at")
    return replace(found, values=values)


def exists(tbl: str, name: str) -> bool:
    """Whether a field says no more of a restricted record than that it exists."""
    return name.partition(".")[0] in EXISTS.get(tbl, ())


def in_clear_after(tbl: str, entries: Sequence[Entry]) -> list[bytes]:
    """The entries (ids) of a sealed record that were written in clear after it was sealed and say more than
    that a contact exists: they do not count."""
    sealed = [(each.hlc, each.id) for each in entries if each.sealed]
    if not sealed:
        return []
    return [
        each.id
        for each in entries
        if not each.sealed
        and (each.hlc, each.id) > min(sealed)
        and any(not exists(tbl, name) for name in each.fields or ())
    ]


def entries_by_id(entries: Iterable[Entry]) -> dict[bytes, Entry]:
    """The entries without duplicates: the same entry may arrive twice."""
    return {entry.id: entry for entry in entries}


def columns(table: Table, folded: Folded) -> tuple[dict[str, Value | list[str]], dict[str, Value]]:
    """The folded fields as the table's columns, and those that no column of this version can contain.

    A ``many`` column gathers its elements (``issues.bruise``: true) into a sorted list.
    """
    known = by_name(table)
    row: dict[str, Value | list[str]] = {}
    extra: dict[str, Value] = {}
    many: dict[str, list[str]] = {}
    for name, value in folded.values.items():
        column = known.get(name)
        if column is not None and fits(column.kind, value):
            row[name] = value
            continue
        head, dot, element = name.partition(".")
        column = known.get(head)
        if dot and column is not None and column.kind == "many":
            if value:
                many.setdefault(head, []).append(element)
        elif name != VOID:
            extra[name] = value
    row.update({name: sorted(chosen) for name, chosen in many.items()})
    return row, extra


def fits(kind: Kind, value: Value) -> bool:
    """Whether a column of this kind can contain the value: a later version may write other values."""
    if value is None:
        return kind != "many"
    if kind in ("flag", "int"):
        return isinstance(value, int)
    if kind == "ref":
        return isinstance(value, str) and REF.fullmatch(value) is not None
    return kind != "many" and isinstance(value, str)
