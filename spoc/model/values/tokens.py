"""Words in the form that search uses, and the marks by which it finds other things: codes, days, numbers.

A mark is one word of the index that nobody can type: it begins with a character of the private use area.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from spoc.model.errors import BadInput
from spoc.model.values.dates import parse_day

_MARK, _IS = "\ue000", "\ue001"
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9][0-9 \-()/.\u2010-\u2015\u00a0]*")
LONGEST = 60  # letters of a word that are read
NUMBER_FROM = 5  # digits from which a number may be meant: shorter beginnings match too many
DAY, NUMBER, OPEN, REFERENCE = "d", "n", "open", "ref"


def fold(text: str) -> str:
    """The text for comparison, in the index and in queries: without case, accents and signs of other
    alphabets (groß is gross, Łukasz lukasz, Øæ oae)."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in apart if not unicodedata.combining(each))
    if plain.isascii():
        return plain
    from anyascii import anyascii

    return "".join(
        anyascii(each).lower() if each.isalpha() and not each.isascii() else each for each in plain
    )


def words_of(text: str, most: int = 12) -> list[str]:
    """The first words of what was typed: letters and digits, folded."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))[:most]]


def plain_words(text: str) -> list[str]:
    """Every word of a text, without case and accents."""
    return _WORD.findall(fold(text))


@lru_cache(4096)  # every contact has the same few hundred codes
def coded(kind: str, value: str) -> str:
    """The mark of a coded value: ``coded("service", "ED")``."""
    return f"{_MARK}{kind.replace('_', '')}{_IS}{''.join(plain_words(value))}"


def on_day(day: date | str, kind: str = DAY) -> str:
    """The mark of a day (a date, or ISO text): of birth, or when the contact was received."""
    return coded(kind, str(day))


def number(digits: str) -> str:
    """The mark of a number: an NHS number or a call-back number."""
    return coded(NUMBER, digits)


def numbers_in(text: str) -> list[str]:
    """The digits of every number in a text that is long enough, with any spacing."""
    found = []
    for run in _DIGITS.findall(text.replace("+44", "0").replace("(0)", "")):
        digits = "".join(each for each in run if each.isdigit())
        if len(digits) >= NUMBER_FROM:
            found.append(digits)
    return found


def days_meant(text: str, today: date) -> tuple[date, ...]:
    """The days that a text may mean: the latest such day, and the nearest to today."""
    if not any(each.isdigit() for each in text) or len(text) > 24:
        return ()
    found = []
    for past in (True, False):
        try:
            found.append(parse_day(text, today, past))
        except (BadInput, OverflowError, ValueError):
            continue
    return tuple(dict.fromkeys(found))


def holds(text_words: Iterable[str], words: Iterable[str]) -> bool:
    """Whether each of the words begins a word of the text."""
    parts = list(text_words)
    return all(any(each.startswith(word) for each in parts) for word in words)


def any_begins(folded: str, words: Iterable[str]) -> bool:
    """The same for a folded text as it is; a long one is not split into words."""
    return all(_beginning(word).search(folded) for word in words)


@lru_cache(256)
def _beginning(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(word)}")
