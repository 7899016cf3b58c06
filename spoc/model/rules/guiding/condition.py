"""Conditions: when a question is asked or a prompt fires. The pack writes them in words, over coded facts.

    issues has burn, bruise-nonmobile and (mobility is not-mobile or age under 12 months)

A *test* is one of

- ``KEY is A, B`` or ``KEY has A, B``: the field (or the question) holds one of these codes; ``yes`` and
  ``no`` for a question that is answered so;
- ``KEY is empty``, ``KEY is given``, ``KEY is unknown`` (empty, skipped, answered "not known", or in words
  that are none of its codes);
- ``age under 12 months``, ``age at least 13 years``, ``age is unknown``: of any child of the contact; where
  an age is only known to lie between two, wherever it may be so;
- ``earlier contacts at least 1``: contacts about one of these children that are in the store already;
- ``threshold near``: an adopted rule set is reached by one of these children, or one short of it;
- ``any stop``: another prompt of the kind STOP fires; ``never``;
- the name of a condition that the pack names.

Tests are joined with ``and``, ``or``, ``not`` and brackets; ``and`` binds closer than ``or``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from spoc.model.errors import BadInput
from spoc.model.values.dates import quoted

AGE = "age"
THRESHOLD = "threshold"  # what the adopted rule sets find about these children, one sentence each
EMPTY, GIVEN, UNKNOWN = "empty", "given", "unknown"
NOT_KNOWN = "not-known"  # the code for this in every list
_TOKEN = re.compile(r"\s*([(),]|[^\s(),]+)")
_SPANS = {"month": 1, "months": 1, "year": 12, "years": 12}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a contact. ``values`` has the codes of each field and the answers of each question;
    ``months`` the age of each child with a known age, in whole months: at least and at most."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    months: tuple[tuple[int, int], ...] = ()
    age_known: bool = False
    earlier: int = 0
    stop: bool = False


Holds = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it was written, and its meaning. ``keys`` are the fields and questions it reads, each
    with the codes it names."""

    text: str
    holds: Holds
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()


def never(_: Facts) -> bool:
    return False


def parse(
    text: str,
    named: Mapping[str, Condition],
    codes: Callable[[str], frozenset[str] | None] = lambda key: None,
) -> Condition:
    """The condition in a text; ``codes`` gives what a field or question may hold, or None if it is free
    text. Raises BadInput with what was not understood."""
    reader = _Reader(text, named, codes)
    holds = reader.any_of()
    if reader.ahead():
        raise BadInput(f"{quoted(reader.ahead())} is too much after a whole condition.")
    return Condition(" ".join(text.split()), holds, tuple(reader.keys))


# Loops rather than any() and all(): these run for every field that is left.
def _any(every: list[Holds], facts: Facts) -> bool:
    for one in every:  # noqa: SIM110
        if one(facts):
            return True
    return False


def _all(every: list[Holds], facts: Facts) -> bool:
    for one in every:  # noqa: SIM110
        if not one(facts):
            return False
    return True


class _Reader:
    def __init__(
        self,
        text: str,
        named: Mapping[str, Condition],
        codes: Callable[[str], frozenset[str] | None],
    ) -> None:
        self.tokens: list[str] = _TOKEN.findall(text)
        self.named, self.codes = named, codes
        self.keys: list[tuple[str, tuple[str, ...]]] = []

    def ahead(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def next(self) -> str:
        if not self.tokens:
            raise BadInput("the condition breaks off.")
        return self.tokens.pop(0)

    def took(self, *words: str) -> bool:
        """Whether these words come next; if so, they are consumed."""
        if self.tokens[: len(words)] != list(words):
            return False
        del self.tokens[: len(words)]
        return True

    def any_of(self) -> Holds:
        every = [self.all_of()]
        while self.took("or"):
            every.append(self.all_of())
        return every[0] if len(every) == 1 else partial(_any, every)

    def all_of(self) -> Holds:
        every = [self.one()]
        while self.took("and"):
            every.append(self.one())
        return every[0] if len(every) == 1 else partial(_all, every)

    def one(self) -> Holds:
        if self.took("not"):
            inner = self.one()
            return lambda facts: not inner(facts)
        if self.took("("):
            inner = self.any_of()
            if not self.took(")"):
                raise BadInput("a bracket is not closed.")
            return inner
        return self.test()

    def test(self) -> Holds:
        if self.took("never"):
            return never
        if self.took("any", "stop"):
            return lambda facts: facts.stop
        if self.tokens[:1] == ["age"]:
            self.keys.append((AGE, ()))
        if self.took("age", "is", UNKNOWN):
            return lambda facts: not facts.age_known
        if self.took("age", "under"):
            months = self.span()
            return lambda facts: any(least < months for least, _ in facts.months)
        if self.took("age", "at", "least"):
            months = self.span()
            return lambda facts: any(most >= months for _, most in facts.months)
        if self.took("earlier", "contacts", "at", "least"):
            least = self.number()
            return lambda facts: facts.earlier >= least
        if self.took("threshold", "near"):
            self.keys.append((THRESHOLD, ()))
            return lambda facts: THRESHOLD in facts.values
        word = self.next()
        if self.took("is") or self.took("has"):
            return self.of_field(word)
        if word in self.named:
            self.keys += self.named[word].keys
            return self.named[word].holds
        raise BadInput(f"{quoted(word)} is neither a test nor the name of a condition.")

    def of_field(self, key: str) -> Holds:
        codes = [self.next()]
        while self.took(","):
            codes.append(self.next())
        if codes == [EMPTY] or codes == [GIVEN]:
            self.keys.append((key, ()))
            any_value = codes == [GIVEN]
            return lambda facts: (not facts.values.get(key, _NOTHING) <= _UNMET) == any_value
        if codes == [UNKNOWN]:
            self.keys.append((key, ()))
            known = self.codes(key)
            if known is None:
                return lambda facts: facts.values.get(key, _NOTHING) <= _UNKNOWN
            answers = known - _UNKNOWN  # words that are not among the codes say nothing
            return lambda facts: answers.isdisjoint(facts.values.get(key, _NOTHING))
        wanted = frozenset(codes)
        self.keys.append((key, tuple(codes)))
        return lambda facts: not wanted.isdisjoint(facts.values.get(key, _NOTHING))

    def number(self) -> int:
        word = self.next()
        if not word.isdecimal():
            raise BadInput(f"{quoted(word)} is not a number.")
        return int(word)

    def span(self) -> int:
        number, unit = self.number(), self.next()
        if unit not in _SPANS:
            raise BadInput(f"{quoted(unit)} is not a unit of age; write months or years.")
        return number * _SPANS[unit]


_NOTHING: frozenset[str] = frozenset()
_UNMET = frozenset({UNKNOWN, "skipped"})  # how a question may be met without an answer
_UNKNOWN = _UNMET | {NOT_KNOWN}
