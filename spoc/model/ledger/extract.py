"""The extract: what of the records an analyst or an administrator works on, who hold no key of the store.

A kind of record that is not named here is not in the extract. Of one that is named, ids, times, numbers, flags
and codes of the pack's lists are kept; of everything else only what is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spoc.model.ledger.records import FOLLOWED
from spoc.model.ledger.table import Column, Table

WORDS = "in words"  # stands where somebody typed something: that they did is counted, what it was is not kept
_PLAIN = ("instant", "ref", "flag", "int")


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a kind of record is kept beside its ids, times, numbers, flags and codes.

    ``words`` are columns that only the program fills, or that say where and when; of those in ``said`` it is
    kept only that something was said.
    """

    words: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


_HELD = ("due", "due_why", *(each.name for each in FOLLOWED[-5:]))  # the last five: who holds it
_PROMISED = Kept(("ended",), _HELD)

COUNTED: Mapping[str, Kept] = {
    "contact": Kept(("sbar", "age")),  # its texts: see ``kept``
    "contact_person": Kept(("part",)),
    "action": _PROMISED,
    "clock": Kept(("ended", "code"), _HELD),
    "attendance_action": _PROMISED,
    "outcome": Kept(),
    "prompt": Kept(("code", "state")),
    "request": Kept(("how", "decision", "decision_after")),
    "chase": Kept(),
    "unborn": Kept(("ended",)),
    "attendance": Kept(("site", "arrived", "departed", "flags", "state", "closed_to")),
    "review": Kept(("basis", "flags")),
    "intake": Kept(("site", "state")),
    "listing": Kept(("site", "day", "first", "last")),
    "coverage": Kept(("site", "day", "state")),
}
# What is of the service and not of a child: whole, with its entries, so that it can be judged and changed.
WHOLE = (
    "user", "user_key", "desk", "recovery", "cover", "setting", "pack_files", "shut_out", "both_ways",
    "supplied", "chart_mark",
)  # fmt: skip


def kept(table: Table, column: Column) -> str:
    """What is kept of a column: "all", "codes" (of its list), "said" (that something was), or "" for nothing."""
    of = COUNTED[table.name]
    if column.name in of.words or column.kind in _PLAIN:
        return "all"
    if column.codes:
        return "codes"
    typed = table.name == "contact" and column.kind == "text"  # a measure may ask whether it was
    return "said" if typed or column.name in of.said else ""
