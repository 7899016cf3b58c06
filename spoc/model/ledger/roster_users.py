"""What the roster holds of somebody: their keys and roles, each with how far whoever changed it had seen.

See ``spoc.model.ledger.roster``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spoc.model.ledger.act import Act
from spoc.model.ledger.entry import Entry

LEADS = "named-professional"


@dataclass(frozen=True, slots=True)
class UserChange:
    """What changed of somebody, and how far its author had seen each stream (None: it does not say).

    ``rooted`` is what was so when the service began.
    """

    hlc: int
    id: bytes
    seen: Mapping[str, int] | None
    by: bytes = b""
    role: str | None = None  # "" where they are gone
    rooted: bool = False

    def binds(self, act: Act) -> bool:
        if self.seen is None:
            return act.hlc > self.hlc
        return act.last > self.seen.get(act.stream.hex(), 0)


@dataclass(slots=True)
class Key:
    """A key by which somebody signs. Of a recovery code, ``by`` is whoever brought it in, and ``founding`` is that of
    the store with which the service began: others speak for their own desk alone."""

    verifying: bytes
    slot: tuple[str, bytes]
    since: tuple[int, bytes]
    ended: list[UserChange] = field(default_factory=list)
    by: bytes = b""
    founding: bool = False

    def serves(self, act: Act) -> bool:
        own = {
            each.id for each in act.entries
        }  # who changes their key signs that with the former one
        return not any(each.binds(act) for each in self.ended if each.id not in own)


@dataclass(frozen=True, slots=True)
class Second:
    """Who signed an act beside its actor: how many named professionals, and which recovery codes."""

    named: int
    codes: Sequence[Key]

    def beside(self, actor: bytes) -> bool:
        """Whether it is somebody beside the actor: a code that the actor brought in themselves is nobody else."""
        return bool(self.named) or any(each.founding or each.by != actor for each in self.codes)


@dataclass(slots=True)
class RosterUser:
    keys: list[Key] = field(default_factory=list)
    roles: list[UserChange] = field(default_factory=list)

    @property
    def begun_by(self) -> bytes:
        """Whoever added them."""
        first = min(self.roles, key=lambda each: (each.hlc, each.id), default=None)
        return first.by if first else b""

    def role(self, act: Act, but: bytes = b"") -> str | None:
        """What role held for an act; "" where they were gone, None where it is not known yet. What the entry
        ``but`` says is left aside."""
        changes = [each for each in self.roles if each.id != but]
        if not changes:
            return None
        first, *later = sorted(changes, key=lambda each: (each.hlc, each.id))
        binding = [first, *(each for each in later if each.binds(act))]
        if any(each.role == "" for each in binding):
            return ""
        return binding[-1].role

    def led(self, entry: Entry) -> bool:
        """Whether they were a named professional when an entry was written, by whichever clock says so."""
        changes = [
            each
            for each in self.roles
            if each.id != entry.id and (each.rooted or (each.hlc, each.id) < (entry.hlc, entry.id))
        ]
        last = max(changes, key=lambda each: (each.hlc, each.id), default=None)
        return last is not None and last.role == LEADS
