"""The generations of a restricted contact's keys: which key to write under, and who is shut out.

Two desks may each give a contact a key before they hear from each other; both keys open what was sealed
under them. Whatever is sealed next uses the newest key that nobody who is shut out has.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A key that was sealed to a user: its name ("" if an earlier version gave it, which did not record
    one), its generation from 1, and whether it was taken back."""

    key: str
    generation: int
    user: bytes
    gone: bool = False


def shut_out(grants: Iterable[KeyGrant], about: Iterable[bytes]) -> frozenset[bytes]:
    """The people it is about, and those who had a key and now have none."""
    every = list(grants)
    have = {each.user for each in every if not each.gone}
    return frozenset(about) | ({each.user for each in every} - have)


def holders(grants: Iterable[KeyGrant], key: str) -> frozenset[bytes]:
    """Everybody who was ever given a key: they may have read it before it was taken back. If the name of a
    key was not recorded it may have been this one, unless this one has a name."""
    every = list(grants)
    named = [each for each in every if each.key == key]
    return frozenset(each.user for each in (named or (one for one in every if not one.key)))


def writable(grants: Iterable[KeyGrant], out: Iterable[bytes], mine: Iterable[str]) -> str | None:
    """The name of the key to seal under, among those one has: of the newest generation, and the same on
    every desk whatever arrived first. None if somebody who is shut out has every one of them: a new key is
    needed."""
    every, shut = list(grants), frozenset(out)
    of = {each.key: each.generation for each in every if each.key}
    fit = [key for key in set(mine) if not holders(every, key) & shut]
    return max(fit, key=lambda key: (of.get(key, 0), key), default=None)


def following(grants: Iterable[KeyGrant]) -> int:
    """The generation of a new key."""
    return max((each.generation for each in grants), default=0) + 1
