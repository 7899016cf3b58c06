"""Hearing: which of the pack's words are in a text, and which of those the text denies.

A phrase is in small letters; ``*`` at the end of a word stands for any ending, ``@parent`` for any word of
that kind. What is recognised only suggests.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ENDS = re.compile(r"[.,;:!?\n]")  # no phrase continues past one of these
_CLAUSE = re.compile(r"[.;:!?\n]")
# Words that may come between those of a phrase: "swallowed a battery" is "swallowed battery".
_SMALL = frozenset(
    ("a", "an", "the", "his", "her", "their", "my", "some", "is", "was", "has", "been", "very")
)
_MOST_SMALL = 2
_STEM = 3  # the fewest letters before a *
_REACH = 3  # words that one denial covers; each further item of a list may have as many
_THING = 2  # words of one item in a list
_JOINING = frozenset(("or", "nor", "and"))
_Span = tuple[int, int]
Kinds = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A phrase found in a text, from ``start`` to ``end``, and its code."""

    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Denial:
    """How a text says that something is not so.

    Words in ``before`` come before what they deny, those in ``after`` follow it. ``ends`` end the denial.
    ``through`` are not counted in it ("no *evidence of* bruising"). ``unless`` only look like a denial ("no
    explanation").
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Hearing:
    """The phrases of several codes, and how a text denies."""

    def __init__(
        self,
        phrases: Iterable[tuple[str, str]],
        unheard: Iterable[str] = (),
        denial: Denial | None = None,
        kinds: Kinds | None = None,
    ) -> None:
        self._phrases = _Phrases((*phrases, *(("", each) for each in unheard)), kinds or {})
        self._denying = _Denying(denial or Denial())

    def heard(self, text: str) -> list[Heard]:
        """What a text says and does not deny, longest first. A part of a longer phrase counts only as that
        phrase ("dog bite" is not a bite)."""
        words = list(_WORD.finditer(text.casefold()))
        found = _longest(self._phrases.found(words, text))
        denied = self._denying.spans(words, text, [(each.start, each.end) for each in found])
        left = [each for each in found if each.code and not _in_any(each.start, denied)]
        return sorted(left, key=lambda each: (each.start - each.end, each.start))

    def left(self, text: str) -> tuple[list[str], frozenset[str]]:
        """The words of a text, small, that are not denied and are in no phrase that means nothing; and the words
        that deny something."""
        words = list(_WORD.finditer(text.casefold()))
        found = _longest(self._phrases.found(words, text))
        void = [(each.start, each.end) for each in found if not each.code]
        denied = self._denying.spans(words, text, [(each.start, each.end) for each in found])
        left = [_plain(each[0]) for each in words if not _in_any(each.start(), [*void, *denied])]
        return left, self._denying.words & frozenset(left) if denied else frozenset()

    def denied(self, text: str) -> list[_Span]:
        """The parts of a text in which something is denied, as start and end."""
        return self._denying.spans(list(_WORD.finditer(text.casefold())), text, [])


def _longest(found: Iterable[Heard]) -> list[Heard]:
    """The phrases that are not part of a longer one; several codes may have the same words."""
    left: list[Heard] = []
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        last = left[-1] if left else None
        if last is None or each.end > last.end or (each.start, each.end) == (last.start, last.end):
            left.append(each)
    return left


def _in_any(place: int, spans: Iterable[_Span]) -> bool:
    return any(start <= place < end for start, end in spans)


class _Phrases:
    """Phrases as a tree, one word per step, so that a page is searched once, however many phrases there
    are."""

    def __init__(self, phrases: Iterable[tuple[str, str]], kinds: Kinds) -> None:
        self._first = _Step()
        for code, phrase in phrases:
            step = self._first
            for word in phrase.split():
                step = step.on(word, kinds)
            step.codes.append(code)

    def found(self, words: Sequence[re.Match[str]], text: str) -> list[Heard]:
        """Every phrase in the text, in order."""
        parts = [_plain(each[0]) for each in words]
        stops = [
            bool(_ENDS.search(text, one.end(), other.start())) for one, other in pairwise(words)
        ]
        heard: list[Heard] = []
        for at, word in enumerate(words):
            start = word.start()
            for code, last in _walked(self._first, parts, stops, at):
                heard.append(Heard(code, start, words[last].end()))
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


def _plain(word: str) -> str:
    """A word in the form that phrases use: "won’t" is "wont"."""
    return word.replace("'", "").replace("’", "")


class _Denying:
    """Where a text denies what it mentions."""

    def __init__(self, denial: Denial) -> None:
        self.words = frozenset(denial.before)
        self._before = _Phrases((("before", each) for each in denial.before), {})
        self._after = _Phrases((("after", each) for each in denial.after), {})
        self._ends = _Phrases((("ends", each) for each in denial.ends), {})
        self._unless = _Phrases((("unless", each) for each in denial.unless), {})
        self._through = frozenset(denial.through)

    def spans(
        self, words: Sequence[re.Match[str]], text: str, taken: Sequence[_Span]
    ) -> list[_Span]:
        """The denied parts, as start and end; a denial that is part of a phrase (``taken``) denies nothing
        else."""
        before = self._before.found(words, text)
        after = self._after.found(words, text)
        if not before and not after:
            return []
        spared = [*taken, *((each.start, each.end) for each in self._unless.found(words, text))]
        ends = [each.start for each in self._ends.found(words, text)]
        starts = [each.start() for each in words]
        spans = []
        for each in before:
            if not _in_any(each.start, spared):
                first = bisect_right(starts, each.end - 1)
                spans.append((each.end, self._reach(words[first:], text, each.end, ends)))
        for each in after:
            if not _in_any(each.start, spared):
                spans.append((_begin(text, each.start), each.start))
        return spans

    def _reach(
        self, words: Sequence[re.Match[str]], text: str, start: int, ends: Sequence[int]
    ) -> int:
        """How far a denial goes: a few words, and on through a list joined by "or" or "and"."""
        clause = _CLAUSE.search(text, start)
        last = min([clause.start() if clause else len(text), *(e for e in ends if e >= start)])
        words = [each for each in words if each.end() <= last]
        reached, counted = start, 0
        for number, word in enumerate(words):
            comma = "," in text[reached : word.start()] if number else False
            if (comma or word[0] == "and") and not _goes_on(words[number:], text, comma):
                break
            if comma or word[0] in _JOINING:
                counted = 0
            if word[0] not in _JOINING and word[0] not in self._through:
                counted += 1
            if counted > _REACH:
                break
            reached = word.end()
        return reached


def _goes_on(words: Sequence[re.Match[str]], text: str, comma: bool) -> bool:
    """Whether a list continues after the comma or "and" at its head: with an item of a word or two, and
    after a comma only in a list that has an "or"."""
    if words[0][0] in ("or", "nor"):
        return True
    thing = [each[0] for each in _until_comma(words, text) if each[0] not in _JOINING]
    listed = not comma or any(each[0] in ("or", "nor") for each in words)
    return listed and 0 < len(thing) <= _THING


def _until_comma(words: Sequence[re.Match[str]], text: str) -> list[re.Match[str]]:
    first: list[re.Match[str]] = []
    for word in words:
        if first and "," in text[first[-1].end() : word.start()]:
            break
        first.append(word)
    return first


def _begin(text: str, end: int) -> int:
    """The beginning of the thing that "ruled out" or "denied" follows: after the last comma, "and" or stop."""
    parts = list(re.finditer(r"[.,;!?\n]|\b(?:and|but)\b", text[:end], re.IGNORECASE))
    return parts[-1].end() if parts else 0
