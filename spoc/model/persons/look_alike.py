"""Whether the name of a new user can be taken for somebody else's: what a page shows alike, two people must not be.

What looks the same is refused; what reads nearly the same is asked about. Titles and added words make nobody
another person.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from anyascii import anyascii

# As they are drawn, not as they sound: pairs that a monospaced page shows alike or nearly so.
_DRAWN = str.maketrans("01|!l5$@8", "oiiiissab")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


@dataclass(frozen=True, slots=True)
class Alike:
    """A user whose name could be taken for the new one; ``same`` where it looks the same."""

    name: str
    same: bool


def fault(name: str) -> str:
    """Why a name cannot be a user's, as a clause; nothing where it can."""
    if any(unicodedata.category(each) in ("Cf", "Co", "Cn", "Cc", "Cs") for each in name):
        return "has a letter that cannot be seen"
    alphabets = _alphabets(name)
    if len(alphabets) > 1:
        return f"mixes alphabets ({', '.join(sorted(alphabets))})"
    return ""


def look_alike(name: str, users: Iterable[str], titles: Collection[str]) -> Alike | None:
    """The user whose name could be taken for this one, one that looks the same first."""
    near, words = None, _words(name, titles)
    for each in users:
        if _drawn(name) == _drawn(each):
            return Alike(each, same=True)
        # what it looks like there, nobody here can tell
        another = _alphabets(name) != _alphabets(each)
        if near is None and (another or _near(words, _words(each, titles))):
            near = Alike(each, same=False)
    return near


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    """The same words, more of them, or one letter off."""
    if not one or not other:
        return one == other
    if one <= other or other <= one:
        return min(len(one), len(other)) > 1 or one == other
    if len(one) != len(other):
        return False
    left, right = sorted(one - other), sorted(other - one)
    return len(left) == 1 and _one_off(left[0], right[0])


def _one_off(one: str, other: str) -> bool:
    """Whether two words of four letters or more differ in one letter, or in two that changed places."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        swapped = short[:at] + short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
        return short[at + 1 :] == long[at + 1 :] or swapped == long
    return short[at:] == long[at + 1 :]


def _words(name: str, titles: Collection[str]) -> frozenset[str]:
    plain = anyascii(unicodedata.normalize("NFKC", name)).casefold()
    kept = "".join(each if each.isalnum() else "" if each in "'’" else " " for each in plain)
    return frozenset(each for each in kept.split() if each not in titles)


def _drawn(name: str) -> str:
    """A name as the eye takes it: without accents, blanks and signs, letters that look alike as one."""
    plain = anyascii(unicodedata.normalize("NFKC", name)).casefold().translate(_DRAWN)
    for pair, one in _PAIRS:
        plain = plain.replace(pair, one)
    return "".join(each for each in plain if each.isalnum())


def _alphabets(name: str) -> set[str]:
    """The alphabets of a name: the first words of its letters' names in Unicode (Latin, Cyrillic, Greek …)."""
    return {
        unicodedata.name(each, "unknown").split()[0].capitalize() for each in name if each.isalpha()
    }
