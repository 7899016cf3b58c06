"""Requests to social care: made by a contact's actions; their clocks, and how many were accepted.

A contact makes at most one request: a telephone call, whoever makes it, and its written follow-up are one
request, dated by the first. Its clocks are the agreed actions and those that start with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action
from spoc.model.ledger.fold import VOID
from spoc.model.ledger.ids import derived
from spoc.model.ledger.table import Value
from spoc.model.rules.clock import Hours
from spoc.model.rules.codes import Code, Pack
from spoc.model.values.instants import utc_text

ACCEPTED = "accepted"  # a group of decisions
TELEPHONE, EHA = "telephone", "eha"
Fields = dict[str, Value]


def request_id(contact: str) -> str:
    """The id of a contact's only request (hex): the same on every desk."""
    return derived("request", contact).hex()


def clock_id(contact: str, code: str) -> str:
    """The id of one clock of a contact's request, by the code of its action."""
    return derived("clock", contact, code).hex()


def request_of_actions(
    contact: str, actions: Iterable[Action], codes: Mapping[str, Code], hours: Hours
) -> tuple[dict[str, Fields], dict[str, Fields]]:
    """The request that a contact's actions make, and the clocks that start with it in addition to the agreed
    actions: records by id, both empty if social care was not asked."""
    agreed = [each for each in actions if each.code in codes]
    asking = sorted((each for each in agreed if codes[each.code].request), key=lambda each: each.at)
    if not asking:
        return {}, {}
    first = asking[0]
    how = [codes[each.code].request for each in asking]
    request: Fields = {
        "contact": contact,
        "how": TELEPHONE if TELEPHONE in how else how[0],
        "asked_by": first.who,
        "asked_at": first.at,
        VOID: False,
    }
    known = {codes[each.code].clock for each in agreed if each.due}
    starts = dict.fromkeys(code for each in asking for code in codes[each.code].starts)
    clocks = {
        clock_id(contact, code): started(contact, codes[code], first.at, hours)
        for code in starts
        if codes[code].clock not in known and codes[code].due
    }
    return {request_id(contact): request}, clocks


def started(contact: str, code: Code, at: str, hours: Hours) -> Fields:
    """The record of a clock that starts at an instant (UTC text)."""
    due = due_of(Action(code.code, due=code.due, at=at), hours)
    return {
        "contact": contact,
        "code": code.code,
        "at": at,
        "who": code.who,
        "due": code.due,
        "due_at": utc_text(due.at) if due and due.at else None,
        VOID: False,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for counting: how it was made, the codes of its decisions ("" while undecided), and how many
    children it is about."""

    how: str
    decision: str
    after: str
    children: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many requests were made and for how many children, how many are decided, and how many of those
    accepted: at the first decision, and after a disagreement."""

    requests: int
    children: int
    decided: int
    accepted: int
    accepted_after: int

    @property
    def undecided(self) -> int:
        return self.requests - self.decided

    def words(self) -> str:
        """ "12 requests about 15 children; accepted 4 of 9 decided (44%), after disagreement 5 of 9; 3 undecided"."""
        requests = f"{self.requests} request{'s' * (self.requests != 1)}"
        children = f"{self.children} child{'ren' * (self.children != 1)}"
        share = f" ({self.accepted / self.decided:.0%})" if self.decided else ""
        after = (
            f", after disagreement {self.accepted_after} of {self.decided}" if self.decided else ""
        )
        return (
            f"{requests} about {children}; accepted {self.accepted} of {self.decided} decided{share}{after}; "
            f"{self.undecided} undecided"
        )


def conversion(requests: Iterable[Asked], pack: Pack, how: str = "") -> Conversion:
    """The conversion of these requests, all of them or one kind (telephone, eha)."""
    counted = [each for each in requests if how in ("", each.how)]
    decided = [each for each in counted if each.decision]

    def accepts(code: str) -> bool:
        found = pack.find("decision", code)
        return found is not None and found.group == ACCEPTED

    return Conversion(
        requests=len(counted),
        children=sum(each.children for each in counted),
        decided=len(decided),
        accepted=sum(accepts(each.decision) for each in decided),
        accepted_after=sum(accepts(each.after or each.decision) for each in decided),
    )
