"""Phrases in a text: which of many occur in it, and where.

A phrase is in small letters; ``*`` at the end of a word stands for any ending, ``@parent`` for any word of
that kind.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ENDS = re.compile(r"[.,;:!?\n]")  # no phrase continues past one of these
# Words that may come between those of a phrase: "swallowed a battery" is "swallowed battery".
_SMALL = frozenset(
    ("a", "an", "the", "his", "her", "their", "my", "some", "is", "was", "has", "been", "very")
)
_MOST_SMALL = 2
_STEM = 3  # the fewest letters before a *
Kinds = Mapping[str, Sequence[str]]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found in a text, from ``start`` to ``end``, and its code."""

    code: str
    start: int
    end: int


def words_in(text: str) -> list[re.Match[str]]:
    """The words of a text, in small letters, each with its place."""
    return list(_WORD.finditer(text.casefold()))


def in_any(place: int, spans: Iterable[Span]) -> bool:
    return any(start <= place < end for start, end in spans)


class Phrases:
    """Phrases as a tree, one word per step, so that a page is searched once, however many phrases there
    are."""

    def __init__(self, phrases: Iterable[tuple[str, str]], kinds: Kinds) -> None:
        self._first = _Step()
        for code, phrase in phrases:
            step = self._first
            for word in phrase.split():
                step = step.on(word, kinds)
            step.codes.append(code)

    def found(self, words: Sequence[re.Match[str]], text: str) -> list[Found]:
        """Every phrase in the text, in order."""
        parts = [plain(each[0]) for each in words]
        stops = [
            bool(_ENDS.search(text, one.end(), other.start())) for one, other in pairwise(words)
        ]
        heard: list[Found] = []
        for at, word in enumerate(words):
            start = word.start()
            for code, last in _walked(self._first, parts, stops, at):
                heard.append(Found(code, start, words[last].end()))
        return heard


class _Step:
    """A node of the tree: what may follow, and the codes of the phrases that end here."""

    __slots__ = ("codes", "kinds", "stems", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Step] = {}
        self.stems: dict[str, _Step] = {}  # without their *
        self.kinds: dict[frozenset[str], _Step] = {}
        self.codes: list[str] = []

    def on(self, word: str, kinds: Kinds) -> "_Step":
        """The node that a phrase's word leads to."""
        if word.startswith("@"):
            return self.kinds.setdefault(frozenset(kinds[word[1:]]), _Step())
        if word.endswith("*"):
            return self.stems.setdefault(word[:-1], _Step())
        return self.words.setdefault(word, _Step())

    def after(self, word: str) -> Iterator["_Step"]:
        """The nodes that a text's word leads to."""
        if word in self.words:
            yield self.words[word]
        for letters in range(_STEM, len(word) + 1) if self.stems else ():
            if step := self.stems.get(word[:letters]):
                yield step
        for kind, step in self.kinds.items():
            if word in kind:
                yield step


def _walked(
    step: _Step, parts: Sequence[str], stops: Sequence[bool], at: int
) -> Iterator[tuple[str, int]]:
    """The code and the last word of each phrase that begins, or continues, at a word."""
    for nearer in step.after(parts[at]):
        for code in nearer.codes:
            yield code, at
        place = at
        for _ in range(_MOST_SMALL + 1):
            if place >= len(stops) or stops[place]:
                break
            place += 1
            yield from _walked(nearer, parts, stops, place)
            if parts[place] not in _SMALL:
                break


def plain(word: str) -> str:
    """A word in the form that phrases use: "won’t" is "wont"."""
    return word.replace("'", "").replace("’", "")
