"""What the roster knows about a person: their keys and roles, and how far whoever changed them had seen.

See ``spoc.model.ledger.roster``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spoc.model.ledger.act import Act
from spoc.model.ledger.entry import Entry

LEADS = "named-professional"


@dataclass(frozen=True, slots=True)
class UserChange:
    """A change to somebody, and how far its author had seen each stream (None if it does not say).

    ``rooted``: the service began with it.
    """

    hlc: int
    id: bytes
    seen: Mapping[str, int] | None
    by: bytes = b""
    role: str | None = None  # "" if they were removed
    rooted: bool = False

    def binds(self, act: Act) -> bool:
        if self.seen is None:
            return act.hlc > self.hlc
        return act.last > self.seen.get(act.stream.hex(), 0)


@dataclass(slots=True)
class Key:
    """A key that somebody signs with. For a recovery code, ``by`` is whoever introduced it, and ``founding``
    marks the code of the store in which the service began; any other code is valid only for its own desk."""

    verifying: bytes
    slot: tuple[str, bytes]
    since: tuple[int, bytes]
    ended: list[UserChange] = field(default_factory=list)
    by: bytes = b""
    founding: bool = False

    def serves(self, act: Act) -> bool:
        own = {each.id for each in act.entries}  # a change of key is signed with the former one
        return not any(each.binds(act) for each in self.ended if each.id not in own)


@dataclass(frozen=True, slots=True)
class Second:
    """Who signed an act besides its actor: how many named professionals, and which recovery codes."""

    named: int
    codes: Sequence[Key]

    def beside(self, actor: bytes) -> bool:
        """Whether somebody other than the actor signed; a code that the actor introduced does not count."""
        return bool(self.named) or any(each.founding or each.by != actor for each in self.codes)


@dataclass(slots=True)
class RosterUser:
    keys: list[Key] = field(default_factory=list)
    roles: list[UserChange] = field(default_factory=list)

    def role(self, act: Act, but: bytes = b"") -> str | None:
        """The role that applied to an act; "" if they had been removed, None if it is not known yet. The
        entry ``but`` is ignored."""
        changes = [each for each in self.roles if each.id != but]
        if not changes:
            return None
        own = {
            each.id for each in act.entries
        }  # who changes their own role does it by the former one
        first, *later = sorted(changes, key=lambda each: (each.hlc, each.id))
        binding = [first, *(each for each in later if each.id not in own and each.binds(act))]
        if any(each.role == "" for each in binding):
            return ""
        return binding[-1].role

    def led(self, entry: Entry) -> bool:
        """Whether they were a named professional when an entry was written, by the clocks of the desks."""
        changes = [
            each
            for each in self.roles
            if each.id != entry.id and (each.rooted or (each.hlc, each.id) < (entry.hlc, entry.id))
        ]
        last = max(changes, key=lambda each: (each.hlc, each.id), default=None)
        return last is not None and last.role == LEADS


@dataclass(frozen=True, slots=True)
class Beginning:
    """The act that made somebody a member of the service, and the name it gave them."""

    act: bytes
    stream: str
    number: int
    by: bytes
    hlc: int
    name: str
    founding: bool

    def seen_in(self, seen: Mapping[str, int]) -> bool:
        return seen.get(self.stream, 0) >= self.number


class Beginnings:
    """Which act added each person. If several acts add the same person, only one of them counts, and a clock
    alone does not decide which. An act with which the service began comes first; next, the one that somebody
    else (neither of the two authors) had seen without the other; only then the earlier."""

    def __init__(self) -> None:
        self._begun: dict[bytes, dict[bytes, Beginning]] = {}
        # by entry: its author, and how far they had seen
        self._seen: dict[bytes, tuple[bytes, Mapping[str, int]]] = {}

    def learn(self, act: Act, founding: bool) -> None:
        """Adds an act that counts."""
        for entry in act.entries:
            if entry.seen is not None:
                self._seen[entry.id] = (act.actor, entry.seen)
            if entry.tbl == "user" and (founding or self.is_one(act, entry.record)):
                found = _beginning(act, entry.record, founding)
                if found:
                    self._begun.setdefault(entry.record, {})[act.id] = found

    def is_one(self, act: Act, user: bytes) -> bool:
        """Whether an act adds somebody: it gives another person a role, and replaces nothing."""
        return act.actor != user and _beginning(act, user, False) is not None

    def is_the_first(self, act: Act, user: bytes) -> bool:
        """Whether this is the act that added them."""
        own = _beginning(act, user, False)
        if own is None or act.actor == user:
            return False
        others = (each for each in self._begun.get(user, {}).values() if each.act != act.id)
        return all(self._before(own, each, user) for each in others)

    def by(self, user: bytes) -> bytes:
        """The person who added somebody."""
        every = self._begun.get(user, {}).values()
        first = min(every, key=lambda each: (not each.founding, each.hlc, each.act), default=None)
        return first.by if first else b""

    def names(self, user: bytes) -> list[str]:
        """The names that those who added somebody gave them."""
        return [each.name for each in self._begun.get(user, {}).values() if each.name]

    def _before(self, one: Beginning, other: Beginning, user: bytes) -> bool:
        if one.founding or other.founding:
            return one.founding
        concerned = (one.by, other.by, user)
        saw_one = {
            one.seen_in(seen)
            for by, seen in self._seen.values()
            if by not in concerned and one.seen_in(seen) != other.seen_in(seen)
        }
        if len(saw_one) == 1:
            return saw_one.pop()
        return (one.hlc, one.act) < (other.hlc, other.act)


def _beginning(act: Act, user: bytes, founding: bool) -> Beginning | None:
    for each in act.entries:
        fields = each.fields or {}
        if each.tbl == "user" and each.record == user and "role" in fields and not each.parents:
            name = str(fields.get("name", ""))
            return Beginning(
                act.id, act.stream.hex(), act.first, act.actor, act.hlc, name, founding
            )
    return None
