"""Whether a new user's name could be mistaken for somebody else's.

A name that looks the same on a page is refused; one that reads nearly the same is asked about. A title or an
added word does not make it another person's name.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from anyascii import anyascii

# Pairs that look alike, or nearly so, in a monospaced font (not pairs that sound alike).
_DRAWN = str.maketrans("01|!l5$@8", "oiiiissab")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


@dataclass(frozen=True, slots=True)
class Alike:
    """A user whose name could be mistaken for the new one; ``same`` if it looks the same."""

    name: str
    same: bool


def fault(name: str) -> str:
    """Why a name is not allowed for a user, as a clause; "" if it is."""
    if any(unicodedata.category(each) in ("Cf", "Co", "Cn", "Cc", "Cs") for each in name):
        return "has a letter that cannot be seen"
    alphabets = _alphabets(name)
    if len(alphabets) > 1:
        return f"mixes alphabets ({', '.join(sorted(alphabets))})"
    return ""


def look_alike(name: str, users: Iterable[str], titles: Collection[str]) -> Alike | None:
    """The user whose name could be mistaken for this one; a name that looks the same comes first."""
    near, words = None, _words(name, titles)
    for each in users:
        if _drawn(name) == _drawn(each):
            return Alike(each, same=True)
        # in another alphabet nobody here can tell what it looks like
        another = _alphabets(name) != _alphabets(each)
        if near is None and (another or _near(words, _words(each, titles))):
            near = Alike(each, same=False)
    return near


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether it has the same words, more words, or one letter different."""
    if not one or not other:
        return one == other
    if one <= other or other <= one:
        return min(len(one), len(other)) > 1 or one == other
    if len(one) != len(other):
        return False
    left, right = sorted(one - other), sorted(other - one)
    return len(left) == 1 and _one_off(left[0], right[0])


def _one_off(one: str, other: str) -> bool:
    """Whether two words of at least four letters differ in one letter, or in two that are swapped."""
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
    """A name as it looks: without accents, blanks and signs, with one letter for all that look alike."""
    plain = anyascii(unicodedata.normalize("NFKC", name)).casefold().translate(_DRAWN)
    for pair, one in _PAIRS:
        plain = plain.replace(pair, one)
    return "".join(each for each in plain if each.isalnum())


def _alphabets(name: str) -> set[str]:
    """The alphabets of a name: the first words of its letters' names in Unicode (Latin, Cyrillic, Greek …)."""
    return {
        unicodedata.name(each, "unknown").split()[0].capitalize() for each in name if each.isalpha()
    }
