"""Fold: what a record says, from the entries that set it, in whatever order they came.

The heads of a field are the entries that set it, less those that another entry names as what it
replaces. One head is the value. Heads that differ are a conflict: all are kept and listed, the safer
value shows where the pack writes an order, else the later; only an entry naming all heads ends it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spoc.model.ledger.entry import Entry
from spoc.model.ledger.records import Kind, Table, Value, by_name

REF = re.compile("[0-9a-f]{32}")  # the id of a record, as a payload writes it
VOID = "_void"  # the field that removes a record
# What stands in clear of a restricted contact: that it exists.
EXISTS = ("received_at", "opened_at", "closed_at", "advisor", "ref", VOID)


@dataclass(frozen=True, slots=True)
class Folded:
    """A record as its entries leave it.

    ``heads`` maps each field to the ids (hex, sorted) of the entries that stand for it; ``conflicts``
    maps a field to its differing values, the shown one first.
    """

    values: Mapping[str, Value]
    heads: Mapping[str, tuple[str, ...]]
    conflicts: Mapping[str, tuple[Value, ...]]
    first: Entry
    last: Entry
    amended: bool = False  # somebody gave a reason for saying otherwise

    @property
    def void(self) -> bool:
        return bool(self.values.get(VOID))


def fold(entries: Iterable[Entry], safer: Mapping[str, Sequence[Value]] | None = None) -> Folded:
    """Fold all entries of one record (at least one), in any order.

    ``safer`` maps a field to its values, safest first, for the few fields whose order is written down.
    """
    ordered = list(entries_by_id(entries).values())
    if len(ordered) == 1:  # as most records are
        only = ordered[0]
        said = only.fields or {}
        return Folded(said, dict.fromkeys(said, (only.id.hex(),)), {}, only, only)
    ordered = in_order(ordered)
    setters: dict[str, list[Entry]] = {}
    replaced: dict[str, set[str]] = {}
    for entry in ordered:
        for name in entry.fields or ():
            setters.setdefault(name, []).append(entry)
        for name, ids in entry.parents.items():
            replaced.setdefault(name, set()).update(ids)
    values: dict[str, Value] = {}
    heads: dict[str, tuple[str, ...]] = {}
    conflicts: dict[str, tuple[Value, ...]] = {}
    for name, setting in setters.items():
        gone = replaced.get(name)
        standing = [each for each in setting if not gone or each.id.hex() not in gone]
        heads[name] = tuple(sorted(each.id.hex() for each in standing))
        standing.sort(key=lambda each: (each.hlc, each.id), reverse=True)
        differing = list(dict.fromkeys((each.fields or {})[name] for each in standing))
        order = (safer or {}).get(name)
        if order:
            differing.sort(key=lambda value: order.index(value) if value in order else len(order))
        if differing:
            values[name] = differing[0]
        if len(differing) > 1:
            conflicts[name] = tuple(differing)
    return Folded(values, heads, conflicts, ordered[0], ordered[-1], any(map(_amends, ordered)))


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of a record, each after those that it was written on top of; else by the clock, then by id.

    The clock of a desk may be wrong: what somebody saw came before what they said of it.
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
    """Whether an entry gives a reason; to be taken over is no change in what a contact says."""
    return bool(entry.why) and set(entry.fields or ()) != {"advisor"}


def shown(tbl: str, entries: Iterable[Entry]) -> Folded:
    """A record as the desk may see it: where one of its entries is sealed and was not opened, nothing but
    that a contact exists, whatever was once written in clear. ``sealed`` is then the contact whose it is."""
    every = list(entries)
    whose = next((each.sealed for each in every if each.sealed), b"")
    if not whose:
        return fold(every)
    if all(each.fields is not None for each in every if each.sealed):
        found = fold(every)
        return replace(found, values={**found.values, "sealed": whose.hex()})
    keep = EXISTS if tbl == "contact" else ()
    found = fold(
        each._replace(
            fields={name: value for name, value in (each.fields or {}).items() if name in keep},
            parents={name: ids for name, ids in each.parents.items() if name in keep},
        )
        for each in every
    )
    values = {**found.values, "sealed": whose.hex()}
    if tbl == "contact":  # lists and counts go by it; earlier versions sealed it
        values["received_at"] = values.get("received_at") or values.get("opened_at")
    return replace(found, values=values)


def entries_by_id(entries: Iterable[Entry]) -> dict[bytes, Entry]:
    """The entries without repetition: the same entry may arrive twice."""
    return {entry.id: entry for entry in entries}


def columns(table: Table, folded: Folded) -> tuple[dict[str, Value | list[str]], dict[str, Value]]:
    """The folded fields as the table's columns, and what no column of this version can hold.

    A ``many`` column gathers its elements (``issues.bruise``: true) into a sorted list.
    """
    held = by_name(table)
    row: dict[str, Value | list[str]] = {}
    extra: dict[str, Value] = {}
    many: dict[str, list[str]] = {}
    for name, value in folded.values.items():
        column = held.get(name)
        if column is not None and fits(column.kind, value):
            row[name] = value
            continue
        head, dot, element = name.partition(".")
        column = held.get(head)
        if dot and column is not None and column.kind == "many":
            if value:
                many.setdefault(head, []).append(element)
        elif name != VOID:
            extra[name] = value
    row.update({name: sorted(chosen) for name, chosen in many.items()})
    return row, extra


def fits(kind: Kind, value: Value) -> bool:
    """Whether a column of this kind can hold the value: a later version may have said otherwise."""
    if value is None:
        return kind != "many"
    if kind in ("flag", "int"):
        return isinstance(value, int)
    if kind == "ref":
        return isinstance(value, str) and REF.fullmatch(value) is not None
    return kind != "many" and isinstance(value, str)
