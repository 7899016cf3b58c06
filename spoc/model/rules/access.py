"""Who may do what: one table of commands, with one function for acting and one for seeing.

Roles: an ``advisor`` takes calls; a ``reviewer`` reviews children who came through the emergency
departments; a ``named-professional`` leads the service; an ``analyst`` counts and sees no identifiers; an
``admin`` looks after the installation and sees no content (domain §7, need-to-know roles). These two hold no key
of the records, but work on an extract of them (see ``spoc.model.ledger.extract``).
"""

from dataclasses import dataclass

from spoc.model.errors import NotAllowed

ROLES = {
    "advisor": "Duty advisor",
    "reviewer": "Reviewer",
    "named-professional": "Named professional",
    "analyst": "Analyst (no identifiers)",
    "admin": "Administrator (no content)",
}

_CLINICAL = frozenset({"advisor", "reviewer", "named-professional"})
_COUNTING = _CLINICAL | {"analyst"}
_EVERYONE = frozenset(ROLES)
BY_DESK = "desk"  # no user's role: what a desk does by itself, with its own key
_LEADERS = frozenset({"advisor", "named-professional"})
_KEEPERS = _LEADERS | {"admin"}

# Every command, the roles that may use it, and what it does in words.
COMMANDS: dict[str, tuple[frozenset[str], str]] = {
    "contact.log": (_CLINICAL, "log a contact"),
    "call.hand-on": (_CLINICAL | {BY_DESK}, "hand on a call that nobody goes on with"),
    "contact.amend": (_CLINICAL, "amend a contact"),
    "contact.view": (_CLINICAL, "open a contact"),
    "contact.list": (_COUNTING, "list contacts"),
    "contact.search": (_CLINICAL, "search contacts"),
    "followup.list": (_COUNTING, "list what was promised"),
    "followup.act": (_CLINICAL, "follow up what was promised"),
    "prompt.list": (_COUNTING, "count how prompts were met"),
    "contact.erase": (frozenset({"named-professional"}), "erase a contact"),
    "person.search": (_CLINICAL, "look up a person"),
    "person.view": (_CLINICAL, "open the record of a person"),
    "person.amend": (_CLINICAL, "write in the record of a person"),
    "pattern.adopt": (frozenset({"named-professional"}), "adopt or drop a rule set"),
    "attendance.import": (_CLINICAL | {BY_DESK}, "bring in a list of attendances"),
    "attendance.review": (_CLINICAL, "review an attendance"),
    "attendance.view": (_CLINICAL, "open an attendance"),
    "attendance.list": (_COUNTING, "list attendances"),
    "report.view": (_COUNTING, "see charts and counts"),
    "report.make": (_CLINICAL, "make a return"),
    "report.decide": (_CLINICAL, "note on a chart, rebase it or add what others supplied"),
    "audit.write": (_EVERYONE | {BY_DESK}, "leave an audit entry"),
    "user.add": (_KEEPERS, "add a user"),
    "user.role": (_KEEPERS, "change a user's role"),
    "user.remove": (_KEEPERS, "remove a user"),
    "user.list": (_EVERYONE, "list the users"),
    "user.passphrase": (_EVERYONE, "change your passphrase"),
    "desk.setup": (_KEEPERS, "change the desk's settings"),
    "pack.adopt": (frozenset({"named-professional"}), "adopt a guidance pack"),
    "sync.run": (_CLINICAL, "sync with the other desks"),
    "sync.invite": (_LEADERS, "invite a desk"),
    "sync.revoke": (_LEADERS, "shut out a desk"),
    "sync.both-count": (_LEADERS, "let both ways of a stream count"),
    "store.backup": (_CLINICAL | {"admin"}, "back up the store"),
    "extract.make": (_CLINICAL, "make the extract for those without a key of the records"),
    "store.verify": (_CLINICAL, "verify the store"),
}


# The commands by which a kind of record is written: a role needs one of them. A kind that is not listed is
# written by its owner's commands (spoc.model.ledger.written_by). What governs the service (its users, their
# keys, settings) has its own rules: see spoc.model.ledger.roster.
_CALL = ("contact.log", "call.hand-on")
_LIST = ("attendance.import",)
WRITES: dict[str, tuple[str, ...]] = {
    "contact": _CALL,
    "contact_link": _CALL,
    "person": (*_CALL, *_LIST),
    "unborn": _CALL,
    "chase": ("followup.act",),
    "handover": ("followup.act",),
    "person_link": ("person.amend", *_LIST),
    "opening": ("contact.view",),
    **dict.fromkeys(("attendance", "intake", "listing", "coverage", "heading"), _LIST),
    **dict.fromkeys(("review", "attendance_action", "share", "letter"), ("attendance.review",)),
    "pack_files": ("pack.adopt",),
    "supplied": ("report.decide",),
    "chart_mark": ("report.decide",),
    "submission": ("report.make",),
    "erase": ("contact.erase",),
    "shut_out": ("sync.revoke",),
    "both_ways": ("sync.both-count",),
    "audit": ("audit.write",),
}  # fmt: skip
# The roles that each role may give to somebody else: never one above its own.
_GIVES = {
    "named-professional": frozenset(ROLES),
    "advisor": frozenset({"advisor", "reviewer"}),
    "admin": frozenset({"advisor", "reviewer", "analyst", "admin"}),
}


# What an administrator did while they held the key of the store: acts of then count.
_FORMERLY = {"admin": frozenset({"sync.invite", "sync.revoke", "sync.both-count"})}


def may_grant(role: str, text: str) -> bool:
    """Whether somebody with this role may give somebody that role: nobody gives a key that they do not hold."""
    return counts_as_granted(role, text) and (holds_key(role) or not holds_key(text))


def counts_as_granted(role: str, text: str) -> bool:
    """Whether an act counts that gave somebody that role: also of before administrators lost the key."""
    return text in _GIVES.get(role, frozenset())


def counts(role: str, command: str) -> bool:
    """Whether an act counts that such a role did by this command, now or formerly."""
    return may(role, command) or command in _FORMERLY.get(role, frozenset())


def holds_key(role: str) -> bool:
    """Whether a role holds the key of the store."""
    return role in _CLINICAL


@dataclass(frozen=True, slots=True)
class Sight:
    """What a role sees of the records: whether it sees rows at all, and whom they are about."""

    rows: bool
    identifiers: bool


def may(role: str, command: str) -> bool:
    """Whether the role may use the command; an unknown role may use none."""
    return role in COMMANDS[command][0]


def who_may(command: str) -> str:
    """The sentence that says which roles may use a command."""
    *most, last = [ROLES[each].partition(" (")[0].lower() for each in ROLES if may(each, command)]
    roles = f"{', '.join(most)} or {last}" if most else last
    return f"Only {'an' if roles[0] in 'aeiou' else 'a'} {roles} may {COMMANDS[command][1]}."


def require(role: str, command: str) -> None:
    """Raises NotAllowed, with a sentence, if the role may not use the command."""
    if not may(role, command):
        allowed = " or ".join(ROLES[each].lower() for each in ROLES if may(each, command))
        raise NotAllowed(
            f"Your role ({ROLES.get(role, role).lower()}) may not {COMMANDS[command][1]}; nothing was "
            f"changed. Ask a colleague who is a {allowed}."
        )


def sight_of(role: str) -> Sight:
    """What the role may see in any list, search, count or export."""
    return Sight(rows=role in _COUNTING, identifiers=role in _CLINICAL)
