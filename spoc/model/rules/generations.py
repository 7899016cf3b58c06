"""The keys of a restricted contact, in generations: which one is written under, and who is shut out of it.

Two desks may each give a contact a key before they hear of each other; both open what was sealed under them.
What is sealed from now on goes under the newest key that nobody holds who is shut out.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Given:
    """A key that was sealed to a user: its name ("" of one that an earlier version gave, which did not say),
    its generation from 1, and whether it was taken back."""

    key: str
    generation: int
    user: bytes
    gone: bool = False


def shut_out(given: Iterable[Given], about: Iterable[bytes]) -> frozenset[bytes]:
    """Whoever it is about, and whoever had a key and has none any more."""
    every = list(given)
    have = {each.user for each in every if not each.gone}
    return frozenset(about) | ({each.user for each in every} - have)


def holders(given: Iterable[Given], key: str) -> frozenset[bytes]:
    """Whoever was ever given a key: what was taken back may have been read before. Where it was not said
    which key was given, it may have been this one, unless this one is known by name."""
    every = list(given)
    named = [each for each in every if each.key == key]
    return frozenset(each.user for each in (named or (one for one in every if not one.key)))


def writable(given: Iterable[Given], out: Iterable[bytes], mine: Iterable[str]) -> str | None:
    """The key to seal under, of those one has (by name): of the newest generation, and the same on every
    desk whatever came first. None where somebody who is shut out holds each: it takes a new one."""
    every, shut = list(given), frozenset(out)
    of = {each.key: each.generation for each in every if each.key}
    fit = [key for key in set(mine) if not holders(every, key) & shut]
    return max(fit, key=lambda key: (of.get(key, 0), key), default=None)


def following(given: Iterable[Given]) -> int:
    """The generation of a new key."""
    return max((each.generation for each in given), default=0) + 1
