"""Hearing: which of the pack's words are in a text, and which of those the text denies.

What is recognised only suggests.
"""

from collections.abc import Iterable

from spoc.model.hearing.denial import Denial, Denied
from spoc.model.hearing.phrases import Found, Kinds, Phrases, in_any, plain, words_in


class Hearing:
    """The phrases of several codes, and how a text denies."""

    def __init__(
        self,
        phrases: Iterable[tuple[str, str]],
        unheard: Iterable[str] = (),
        denial: Denial | None = None,
        kinds: Kinds | None = None,
    ) -> None:
        self._phrases = Phrases((*phrases, *(("", each) for each in unheard)), kinds or {})
        self._denial = denial or Denial()

    def heard(self, text: str) -> list[Found]:
        """What a text says and does not deny, longest first. A part of a longer phrase counts only as that
        phrase ("dog bite" is not a bite)."""
        found = _longest(self._phrases.found(words_in(text), text))
        denied = self.denied(text, found)
        left = [each for each in found if each.code and not denied.covers(each.start, each.end)]
        return sorted(left, key=lambda each: (each.start - each.end, each.start))

    def left(self, text: str) -> tuple[list[str], frozenset[str]]:
        """The words of a text, small, that are not denied and are in no phrase that means nothing; and the
        words that deny something."""
        words = words_in(text)
        found = _longest(self._phrases.found(words, text))
        void = [(each.start, each.end) for each in found if not each.code]
        denied = self.denied(text, found)
        left = [
            plain(each[0])
            for each in words
            if not denied.covers(each.start(), each.end()) and not in_any(each.start(), void)
        ]
        return left, frozenset(self._denial.before) & frozenset(left) if denied else frozenset()

    def denied(self, text: str, found: Iterable[Found] = ()) -> Denied:
        """What a text denies; a denial that is part of a phrase ``found`` denies nothing else."""
        return self._denial.denied(text, [(each.start, each.end) for each in found])


def _longest(found: Iterable[Found]) -> list[Found]:
    """The phrases that are not part of a longer one; several codes may have the same words."""
    left: list[Found] = []
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        last = left[-1] if left else None
        if last is None or each.end > last.end or (each.start, each.end) == (last.start, last.end):
            left.append(each)
    return left
