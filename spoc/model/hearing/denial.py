"""Denial: what a text says is not the case, in a call's notes and in a hospital's list.

The words are a pack's ([denial] in pack.toml), and so is how far they reach.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spoc.model.hearing.phrases import Phrases, Span, in_any, words_in

_CLAUSE = re.compile(r"[.;:!?\n]")
_STOP = re.compile(r"[.,;!?\n]")
_GAP = re.compile(r"[\s:=?(-]*")  # between a thing and its answer: "alcohol: no"
_ASKED = re.compile(r"[:=]")
_NO_MORE = re.compile(r"(?!\s+\w)")


@dataclass(frozen=True, slots=True)
class Denied:
    """The parts of a text that are denied, and the ends of the things that are answered with a no."""

    spans: tuple[Span, ...] = ()
    answered: frozenset[int] = frozenset()

    def covers(self, start: int, end: int) -> bool:
        """Whether the text there is denied."""
        return end in self.answered or in_any(start, self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans or self.answered)


NOTHING = Denied()


@dataclass(frozen=True)
class Denial:
    """The words by which a text says that something is not the case.

    Words in ``before`` come before what they deny, those in ``after`` follow it, and both cover up to ``reach``
    words; ``answers`` follow it at the end of a clause, or after a colon ("alcohol: no"). ``ends`` end a denial.
    ``through`` are not counted in it ("no *evidence of* bruising"). ``unless`` only look like a denial ("no
    explanation"). A list goes on with the words in ``either``, each item with a reach of its own; with those
    in ``joins`` or a comma only to an item of up to ``item`` words.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    reach: int = 0
    item: int = 0

    @cached_property
    def _phrases(self) -> Phrases:
        """Every phrase with its part in a denial."""
        parts = ("before", "after", "answers", "ends", "unless", "joins")
        return Phrases(((part, each) for part in parts for each in getattr(self, part)), {})

    def denied(self, text: str, taken: Sequence[Span] = ()) -> Denied:
        """What a text denies; a denial that is part of another phrase (``taken``) denies nothing else."""
        words = words_in(text)
        found = self._phrases.found(words, text)
        spared = [*taken, *((each.start, each.end) for each in found if each.code == "unless")]
        denying = [
            each
            for each in found
            if each.code in ("before", "after", "answers") and not in_any(each.start, spared)
        ]
        if not denying:
            return NOTHING
        ends = [each.start for each in found if each.code == "ends"]
        breaks = [each.end for each in found if each.code in ("ends", "joins")]
        starts = [each.start() for each in words]
        spans, answered = [], set()
        for each in denying:
            if each.code == "before":
                first = bisect_right(starts, each.end - 1)
                spans.append((each.end, self._reach(words[first:], text, each.end, ends)))
            elif each.code == "after":
                spans.append((self._begin(words, text, each.start, breaks), each.start))
            elif (at := bisect_right(starts, each.start) - 1) > 0:
                last = words[at - 1].end()
                gap = text[last : each.start]
                if _GAP.fullmatch(gap) and (_ASKED.search(gap) or _NO_MORE.match(text, each.end)):
                    answered.add(last)
        return Denied(tuple(spans), frozenset(answered))

    def _reach(
        self, words: Sequence[re.Match[str]], text: str, start: int, ends: Sequence[int]
    ) -> int:
        """How far a denial goes: a few words, and on through a list."""
        clause = _CLAUSE.search(text, start)
        last = min([clause.start() if clause else len(text), *(e for e in ends if e >= start)])
        words = [each for each in words if each.end() <= last]
        reached, counted = start, 0
        for number, word in enumerate(words):
            comma = "," in text[reached : word.start()] if number else False
            joined = word[0] in self.either or word[0] in self.joins
            if (comma or word[0] in self.joins) and not self._goes_on(words[number:], text, comma):
                break
            if comma or joined:
                counted = 0
            if not joined and word[0] not in self.through:
                counted += 1
            if counted > self.reach:
                break
            reached = word.end()
        return reached

    def _begin(
        self, words: Sequence[re.Match[str]], text: str, end: int, breaks: Sequence[int]
    ) -> int:
        """The start of what "ruled out" or "denied" refers to: a few words back, and never before the last
        stop, comma, "and" or "but"."""
        stops = [each.end() for each in _STOP.finditer(text, 0, end)]
        first = max([0, *stops, *(each for each in breaks if each <= end)])
        begin, counted = end, 0
        for word in reversed([each for each in words if first <= each.start() < end]):
            counted += word[0] not in self.through
            if counted > self.reach:
                break
            begin = word.start()
        return begin

    def _goes_on(self, words: Sequence[re.Match[str]], text: str, comma: bool) -> bool:
        """Whether a list continues after the comma or joining word at its head: with a short item, and after
        a comma only in a list that has an "or"."""
        if words[0][0] in self.either:
            return True
        joining = (*self.either, *self.joins)
        item = [each for each in _until_comma(words, text) if each[0] not in joining]
        listed = not comma or any(each[0] in self.either for each in words)
        return listed and 0 < len(item) <= self.item


def _until_comma(words: Sequence[re.Match[str]], text: str) -> list[re.Match[str]]:
    first: list[re.Match[str]] = []
    for word in words:
        if first and "," in text[first[-1].end() : word.start()]:
            break
        first.append(word)
    return first
