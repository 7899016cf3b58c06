"""Comparing names: without signs and accents, joined or separate, in any order, short or full.

The rules are here; the words (short forms, particles) are data, a ``Lore``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

from spoc.model.values.tokens import plain_words

_NEAR_FROM = 3  # letters: a shorter word has too many neighbours
_SHORT_WORD = 5  # up to this many letters one slip is forgiven, otherwise two
_LONGEST_JOIN = 3  # how many words may be one word written separately: "van der Berg"


@dataclass(frozen=True, slots=True, eq=False)
class Lore:
    """What is known about names, folded. ``groups`` are forms of one name (tyler, ty); ``forms`` maps a word
    to its groups; ``particles`` may be left out; ``beginnings`` are written with or without a blank;
    ``placeholders`` are written if no name is known; ``titles`` come with a name and do not change who it
    is."""

    particles: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    placeholders: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    groups: tuple[frozenset[str], ...] = ()
    forms: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def others(self, word: str) -> frozenset[str]:
        """Every other form of a name, folded."""
        found = [self.groups[number] for number in self.forms.get(word, ())]
        return frozenset().union(*found) - {word}


class Like(IntEnum):
    """How similar two words are, the surest last."""

    NOT = 0
    INITIAL = 1  # "T" and "Tyler"
    SOUND = 2
    NEAR = 3  # a slip or two of the finger
    FORM = 4  # a short or another form
    SAME = 5


@dataclass(frozen=True, slots=True)
class Name:
    """A name in folded words. If it says which is which ("Brook, Ty"), ``family`` is what comes first;
    otherwise it is the last word. Placeholders are left out."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return self.family + self.given

    def __bool__(self) -> bool:
        return bool(self.given or self.family)


@lru_cache(8192)
def read(text: str, lore: Lore) -> Name:
    """A name from its written form, "Brook, Ty" or "Ty Brook"."""
    if plain_words(text)[:1] == ["unborn"]:
        return Name()  # "Unborn baby of Lane, Amy": the name is the mother's
    family, comma, given = text.partition(",")
    if comma:
        return Name(_known(given, lore), _known(family, lore))
    words = plain_words(text)
    at = max(len(words) - 1, 0)
    while at > 1 and (words[at - 1] in lore.particles):
        at -= 1
    if len(words) == 1:
        at = 1  # a single word is a child's given name
    named = tuple(each for each in words[:at] if each not in lore.placeholders)
    return Name(named, tuple(words[at:]))


def _known(text: str, lore: Lore) -> tuple[str, ...]:
    words = plain_words(text)
    if "twin" in words:  # "Twin 1" and "Twin 2" are two children
        return tuple(each for each in words if each == "twin" or each.isdigit())
    return tuple(each for each in words if each not in lore.placeholders)


def spellings(text: str, lore: Lore) -> list[str]:
    """Every word that finds a name: its words; neighbouring words joined (smithjones, obrien, delacruz); and
    what follows a joined beginning (donald of McDonald)."""
    words = plain_words(text)
    found = dict.fromkeys(words)
    for part in text.split(",", 1):
        run = plain_words(part)
        signed = [plain_words(each) for each in part.split()]  # "Smith-Jones" is one run of two
        whole = {"".join(each): None for each in signed if len(each) > 1}
        found |= whole
        for at, word in enumerate(run[:-1]):
            begins = word in lore.particles or word in lore.beginnings
            if begins or "," in text or len(words) > 2:
                found[word + run[at + 1]] = None
            if begins and at + 2 < len(run) and run[at + 1] in lore.particles:
                found[word + run[at + 1] + run[at + 2]] = None
    for word in words:
        for begun in lore.beginnings:
            if word.startswith(begun) and len(word) - len(begun) >= _NEAR_FROM:
                found[word[len(begun) :]] = None
    return list(found)


def joined_neighbours(words: Sequence[str]) -> list[tuple[int, str]]:
    """Neighbouring words joined, each with the place of the first: "smith jones" may mean Smithjones."""
    return [(at, one + other) for at, (one, other) in enumerate(pairwise(words))]


@lru_cache(65536)
def sound(word: str) -> str:
    """How a folded word sounds in English; "" if it has no letters."""
    if not word.isascii() or not any(each.isalpha() for each in word):
        return ""
    from jellyfish import metaphone

    # All vowels at the beginning sound the same: Aoife, Eefa; an H at the beginning is kept.
    heard = str(metaphone(word)).replace(" ", "")
    return "A" + heard[1:] if heard[:1] in "EIOU" else heard


def slips(word: str) -> int:
    """How many typing slips are forgiven in a word."""
    return 1 if len(word) <= _SHORT_WORD else 2


@lru_cache(65536)
def _near(one: str, other: str) -> Like:
    from rapidfuzz import distance

    shorter = min(len(one), len(other))
    if shorter >= _NEAR_FROM:
        most = slips(one if len(one) == shorter else other)
        if distance.OSA.distance(one, other, score_cutoff=most) <= most:
            return Like.NEAR
        if len(sound(one)) > 1 and sound(one) == sound(other):
            return Like.SOUND
        if one.startswith(other) or other.startswith(one):
            return Like.SOUND  # Ola of Olamide
    elif shorter == 2 and one != other and max(len(one), len(other)) <= 3:
        if distance.OSA.distance(one, other) == 1:
            return Like.NEAR
    elif shorter == 1 and one[0] == other[0]:
        return Like.INITIAL
    return Like.NOT


def likeness(one: str, other: str, lore: Lore) -> Like:
    """How similar two folded words are."""
    if one == other:
        return Like.SAME
    if lore.forms.get(one, frozenset()) & lore.forms.get(other, frozenset()):
        return Like.FORM
    return _near(one, other)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that match; ``crossed`` if one is a given name and the other a family name."""

    one: str
    other: str
    like: Like
    crossed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two names compared. ``given`` and ``family`` say how similar these are, NOT if they differ, None if one
    name lacks it; ``left`` are the words of each that matched nothing."""

    pairs: tuple[Pair, ...]
    given: Like | None
    family: Like | None
    left: tuple[tuple[str, ...], tuple[str, ...]]
    first: tuple[str, str] = ("", "")  # the first given name of each
    last: tuple[str, str] = ("", "")  # the family name of each

    @property
    def whole(self) -> bool:
        """Whether given and family name both agree, at least nearly."""
        return bool(self.given and self.family)

    @property
    def crossed(self) -> bool:
        return any(each.crossed for each in self.pairs)


def compare(one: Name, other: Name, lore: Lore) -> Comparison:
    """Compares two names word by word, each word with the most similar one."""
    mine, yours = _joined(one, other), _joined(other, one)
    met: list[tuple[int, int, int, int, int]] = []
    for a, (word, part) in enumerate(mine):
        for b, (text, of) in enumerate(yours):
            like = likeness(word, text, lore)
            if like:
                met.append((-like, part != of, abs(a - b), a, b))
    matched: dict[int, tuple[int, Like]] = {}
    used: set[int] = set()
    for negative, _, _, a, b in sorted(met):
        if a not in matched and b not in used:
            matched[a] = (b, Like(-negative))
            used.add(b)
    pairs = tuple(
        Pair(mine[a][0], yours[b][0], like, mine[a][1] != yours[b][1])
        for a, (b, like) in sorted(matched.items())
    )
    left = (
        tuple(w for a, (w, _) in enumerate(mine) if a not in matched and w not in lore.particles),
        tuple(w for b, (w, _) in enumerate(yours) if b not in used and w not in lore.particles),
    )
    of_mine = {a: like for a, (_, like) in matched.items()}
    of_yours = dict(matched.values())
    given = _part(mine, yours, "given", of_mine, of_yours, lore)
    family = _part(mine, yours, "family", of_mine, of_yours, lore)
    return Comparison(pairs, given[0], family[0], left, given[1], family[1])


_Words = list[tuple[str, str]]


def _part(
    mine: _Words,
    yours: _Words,
    part: str,
    of_mine: Mapping[int, Like],
    of_yours: Mapping[int, Like],
    lore: Lore,
) -> tuple[Like | None, tuple[str, str]]:
    """How similar the given or the family names are. The first given name decides, but any family name may."""

    def own(words: _Words) -> list[int]:
        found = [at for at, (word, of) in enumerate(words) if of == part]
        return [at for at in found if words[at][0] not in lore.particles] or found

    a, b = own(mine), own(yours)
    if not a or not b:
        return None, ("", "")
    shown = (" ".join(mine[at][0] for at in a), " ".join(yours[at][0] for at in b))
    if part == "given":
        shown = (mine[a[0]][0], yours[b[0]][0])
        ends = [of_mine.get(a[0], Like.NOT), of_yours.get(b[0], Like.NOT)]
        if all(ends):
            return min(ends), shown
        # One name may lack the other's first or middle name.
        return max(ends), shown
    return max(
        [of_mine.get(at, Like.NOT) for at in a] + [of_yours.get(at, Like.NOT) for at in b]
    ), shown


def _joined(name: Name, other: Name) -> _Words:
    """The words of a name, each with its part; neighbouring words are joined if the other name has them joined."""
    wanted = set(other.words)
    words: _Words = []
    for part, own in (("family", name.family), ("given", name.given)):
        at = 0
        while at < len(own):
            length = next(
                (
                    length
                    for length in range(min(_LONGEST_JOIN, len(own) - at), 1, -1)
                    if _meets("".join(own[at : at + length]), wanted, own[at : at + length])
                ),
                1,
            )
            words.append(("".join(own[at : at + length]), part))
            at += length
    return words


def _meets(joined: str, wanted: Iterable[str], parts: tuple[str, ...]) -> bool:
    """Whether joined words are one word of the other name, and none of them is one by itself."""
    return joined in wanted or (
        len(joined) > _SHORT_WORD
        and not any(each in wanted for each in parts)
        and any(_near(joined, each) is Like.NEAR and len(each) > _SHORT_WORD for each in wanted)
    )
