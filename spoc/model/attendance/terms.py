"""Words in a hospital's text; what the text denies does not count.

A term is a group of words and codes with one meaning (``injury is fracture``), looked for only in some
fields. Words only suggest, and the phrase is quoted; a code states.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spoc.model.hearing.denial import Denial
from spoc.model.rules.source import Source

_PHRASE = re.compile(r"[^.;\n]+")
_BETWEEN = re.compile(r"[\s,;|]+")
# Fields of free text: what is found there only suggests. In other fields it is what the list states.
FREE = ("complaint", "diagnosis", "observations", "injury_mechanism", "accompanied_by")
_SHORT = 40  # letters: a longer text is not a single answer


@dataclass(frozen=True)
class Term:
    """``words`` (``*`` for any ending) or ``codes`` in ``fields`` mean that ``fact`` is ``value``.

    ``whole`` words must be the whole field; ``elsewhere`` counts if the field begins with none of these.
    """

    code: str
    fact: str
    value: str
    fields: tuple[str, ...]
    source: Source
    words: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        return _pattern(self.words)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The fixed part of each word, in small letters: a quick check, because most texts contain none."""
        return tuple(max(re.split(r"[*\s]", word.casefold()), key=len) for word in self.words)

    @cached_property
    def exact(self) -> frozenset[str]:
        return frozenset(_plain(each) for each in self.whole)


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a term was found: the field, the phrase as written, and whether words (not a code or a whole
    answer) found it."""

    term: Term
    field: str
    phrase: str
    by_words: bool


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w/+]+", " ", text.casefold()).split())


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    each = (re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"[\s-]+") for word in words)
    return re.compile(rf"(?<![\w]){'(?:' + '|'.join(each) + ')'}(?!\w)", re.IGNORECASE)


def mentions(terms: Sequence[Term], name: str, text: str, denial: Denial) -> tuple[Mention, ...]:
    """The terms that a text of this field contains and does not deny."""
    small = text.casefold()
    found = ((term, _found(term, name, text, small, denial)) for term in terms)
    return tuple(
        Mention(term, name, phrase, by_words) for term, (phrase, by_words) in found if phrase
    )


def _found(term: Term, name: str, text: str, small: str, denial: Denial) -> tuple[str, bool]:
    """The phrase that was found, and whether words found it; "" if there is none."""
    coded = any(each in text for each in term.codes)
    if coded and not set(_BETWEEN.split(text)).isdisjoint(term.codes):
        return text, False
    if term.exact and len(text) < _SHORT and _plain(text) in term.exact:
        return text, False
    if term.elsewhere and not text.upper().startswith(term.elsewhere):
        return text, False
    if term.pattern is None or not any(part in small for part in term.parts):
        return "", False
    return _affirmed(term.pattern, text, denial), name in FREE


def _affirmed(pattern: re.Pattern[str], text: str, denial: Denial) -> str:
    """The phrase around a word that is not denied, or ""."""
    matches = list(pattern.finditer(text))
    denied = denial.denied(text, [each.span() for each in matches])
    for match in matches:
        if denied.covers(*match.span()):
            continue
        around = next(
            (each for each in _PHRASE.finditer(text) if each.start() <= match.start() < each.end()),
            None,
        )
        return " ".join((around[0] if around else text).split())
    return ""
