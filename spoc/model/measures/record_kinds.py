"""The kinds of record that measures count: by which date, and what a measure may read of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spoc.model.forms.forms import CONTACT_FORM

CONTACT, REQUEST, ATTENDANCE, DEADLINE = "contact", "request", "attendance", "deadline"


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record. ``lists`` maps each coded field to the list of its codes, ``written`` are the fields
    of free text, ``states`` the states of a record (the key ``record`` of a measure), ``many`` the fields
    with several codes, ``through`` those that follow from the code of another field (a site from the caller's
    service). ``ends``: whether such a record ends, so that open ones can be counted."""

    date: str
    lists: Mapping[str, str]
    written: frozenset[str]
    states: tuple[str, ...]
    many: frozenset[str] = frozenset()
    through: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False


KINDS: Mapping[str, RecordKind] = {
    CONTACT: RecordKind(
        "received",
        {each.key: each.codes for each in CONTACT_FORM if each.codes}
        | {"outcome": "outcome", "actions": "action", "identity": "identity", "site": "site"},
        frozenset(each.key for each in CONTACT_FORM if each.kind == "text"),
        ("open", "closed", "restricted", "late", "read-back"),
        frozenset(each.key for each in CONTACT_FORM if each.kind == "many"),
        {"site": "service"},
    ),
    # A request to social care: one per contact.
    REQUEST: RecordKind(
        "asked",
        {"decision": "decision"},
        frozenset(),
        ("telephone", "eha", "decided", "eha-decided"),
    ),
    # A child on an emergency department's list.
    ATTENDANCE: RecordKind(
        "arrived",
        {"disposition": "disposition", "site": "service"},
        frozenset(),
        ("reviewed", "flagged", "record-read", "frequent"),
    ),
    # Something promised by a certain time.
    DEADLINE: RecordKind(
        "started",
        {"code": "action"},
        frozenset(),
        ("due", "kept-in-time", "ended"),
        ends=True,
    ),
}
