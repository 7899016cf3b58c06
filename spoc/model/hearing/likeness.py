"""Likeness: which codes a longer text resembles if it contains none of their phrases word for word.

Words count in any form ("registered", "registerd"), order and place, joined ("dogbite") or separate; a word
in few codes counts more than a word in many. The result is only shown, never taken.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt

NEAR_FROM = 4  # letters: a shorter word has too many neighbours
TWO_FROM = 8  # letters from which a word may have two slips
_STEM_FROM = 3  # the fewest letters of a word without its ending
_SPELT_FROM = 5  # the fewest letters of a word in a longer text that may be misspelt
_HALF = 3  # the fewest letters of each of two joined words
_NEARLY = 0.8  # the weight of a word that is only nearly, or partly, a known one
# the weight of a word that many phrases share and that says nothing alone: "mum", "not"
_WEAK = 0.4
_ENOUGH = 0.4  # the likeness from which a code is shown
_PARTS = re.compile(r"\d+|\D+")  # "8yr"
# Words that say nothing here, besides those of one letter.
_SILENT = frozenset(
    [
        "an",
        "the",
        "his",
        "her",
        "their",
        "my",
        "our",
        "your",
        "its",
        "some",
        "is",
        "was",
        "are",
        "were",
        "be",
        "been",
        "being",
        "has",
        "had",
        "have",
        "in",
        "on",
        "at",
        "to",
        "of",
        "for",
        "by",
        "with",
        "from",
        "re",
        "still",
        "always",
        "just",
        "also",
        "and",
        "very",
        "so",
        "got",
        "this",
        "that",
        "it",
        "he",
        "she",
        "they",
        "we",
        "him",
        "them",
        "us",
        "me",
        "as",
        "if",
        "or",
        "when",
        "all",
        "any",
        "there",
        "here",
        "mr",
        "mrs",
        "about",
        "after",
        "before",
    ]
)
Kinds = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words of a code's phrase, in the form for comparison."""

    code: str
    words: frozenset[str]


class Likeness:
    """The phrases of several codes: a text is compared with each."""

    def __init__(
        self,
        phrases: Iterable[tuple[str, str]],
        kinds: Kinds,
        same: Mapping[str, Sequence[str]],
        weak: Iterable[str],
    ) -> None:
        self._same = {word: first for first, others in same.items() for word in others}
        self._kinds: dict[str, list[str]] = defaultdict(list)
        for kind, members in kinds.items():
            for word in members:
                self._kinds[word].append(f"@{kind}")
        self._weak = {self._form(word) for word in (*self._kinds, *weak)}
        self._words: set[str] = set()  # as they are written
        self._begin: set[str] = set()  # words followed by a *
        self._phrases = [Phrase(code, self._read(phrase)) for code, phrase in phrases]
        self._has: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self._phrases):
            for word in phrase.words:
                self._has[word].append(number)

    def like(self, text_words: Sequence[str], needs: Iterable[str] = ()) -> dict[str, float]:
        """The codes that are similar enough, with their likeness from 0 to 1; ``needs``: only by phrases with
        one of these words."""
        needed = {self._form(word) for word in needs}
        known: dict[str, float] = {}
        whole = 0.0
        for word in (part for each in text_words for part in _PARTS.findall(each)):
            for forms, counts in self._known(word):
                whole += max(self._weight[form] for form in forms)
                known |= {form: max(counts, known.get(form, 0)) for form in forms}
        found: dict[int, float] = defaultdict(float)
        for form, counts in known.items():
            for number in self._has[form]:
                found[number] += counts * self._weight[form]
        best: dict[str, float] = {}
        for number, shared in found.items():
            phrase = self._phrases[number]
            if needed and needed.isdisjoint(phrase.words):
                continue
            whole_phrase = len(phrase.words) > 1 and all(word in known for word in phrase.words)
            if whole_phrase or any(
                word in known and self._is_distinctive(word) for word in phrase.words
            ):
                own = sum(self._weight[word] for word in phrase.words)
                likeness = shared / sqrt(whole * own)
                best[phrase.code] = max(likeness, best.get(phrase.code, 0))
        return {code: likeness for code, likeness in best.items() if likeness >= _ENOUGH}

    def _read(self, phrase: str) -> frozenset[str]:
        """The words of one of the pack's phrases."""
        read = set()
        for word in phrase.split():
            if word.endswith("*"):
                self._begin.add(word[:-1])
                self._words.add(word[:-1])
                read.add(word)
            elif word.startswith("@"):
                read.add(word)
            elif not _silent(word):
                self._words.add(word)
                read.add(self._form(word))
        return frozenset(read)

    def _form(self, word: str) -> str:
        """A word for comparison: the first of those that mean the same, without its ending."""
        return _stem(self._same.get(word, word))

    def _is_distinctive(self, word: str) -> bool:
        return word[0] != "@" and word not in self._weak

    @cached_property
    def _weight(self) -> Mapping[str, float]:
        """The weight of each word: the more codes have it, the less it counts."""
        has = {
            word: len({self._phrases[number].code for number in numbers})
            for word, numbers in self._has.items()
        }
        codes = len({each.code for each in self._phrases})
        return {
            word: log(1 + codes / many) ** 2 * (1 if self._is_distinctive(word) else _WEAK)
            for word, many in has.items()
        }

    @cached_property
    def _spelt(self) -> Sequence[str]:
        return sorted(self._words)

    def _known(self, word: str) -> Iterator[tuple[set[str], float]]:
        """The known words that a word of a text may stand for, each with its weight."""
        if _silent(word):
            return
        if forms := self._forms(word):
            yield forms, 1
            return
        for at in range(_HALF, len(word) - _HALF + 1):
            if word[:at] in self._words and word[at:] in self._words:
                for half in (word[:at], word[at:]):
                    if forms := self._forms(half):
                        yield forms, _NEARLY
                return
        near = alike(word, self._spelt) if len(word) >= _SPELT_FROM else ()
        if forms := {form for each in near for form in self._forms(each)}:
            yield forms, _NEARLY

    def _forms(self, word: str) -> set[str]:
        """The forms of a word that occur in phrases."""
        one = word[:-1] if word.endswith("s") and word not in self._kinds else word
        forms = {
            self._form(word),
            self._form(one),
            _stem(word),
            *self._kinds.get(self._same.get(one, one), ()),
        }
        forms |= {
            f"{word[:at]}*" for at in range(_STEM_FROM, len(word) + 1) if word[:at] in self._begin
        }
        return {form for form in forms if form in self._has}


def alike(word: str, known: Sequence[str]) -> list[str]:
    """The nearest words that are one or two slips away; the first letter must be right."""
    from rapidfuzz import distance, process

    if len(word) < NEAR_FROM - 1 or word.isdigit():
        return []
    most = 2 if len(word) >= TWO_FROM else 1
    found = process.extract(
        word, known, scorer=distance.OSA.distance, score_cutoff=most, limit=None
    )
    near = [
        (slips, each)
        for each, slips, _ in found
        if each[0] == word[0] and len(each) >= NEAR_FROM and (slips == 1 or len(each) >= TWO_FROM)
    ]
    return [each for slips, each in near if slips == min(near)[0]]


def _silent(word: str) -> bool:
    return len(word) == 1 or word in _SILENT


def _stem(word: str) -> str:
    """A word without its ending: "refused", "refuses" and "refuse" give the same."""
    for end in ("ings", "ing", "ied", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(end) and len(word) - len(end) >= _STEM_FROM:
            return word[: -len(end)]
    return word
