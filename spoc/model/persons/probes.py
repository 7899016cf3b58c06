"""The few persons among many who are worth comparing: the marks that find them, and what to look for."""

from collections.abc import Callable, Iterable

from spoc.model.persons import names
from spoc.model.persons.births import near_days
from spoc.model.persons.match import Described
from spoc.model.persons.names import Lore
from spoc.model.values.tokens import coded, number, numbers_in, on_day

Probe = tuple[frozenset[str], ...]  # each of these must be matched by one of its marks


def marks(of: Described, lore: Lore) -> list[str]:
    """The marks that find somebody for comparison: how each word of the name sounds, the day, the numbers."""
    found = [sounding(word) for name in (of.name, *of.also) for word in names.spellings(name, lore)]
    found += [on_day(each) for each in (of.dob, of.edd) if each]
    found += [number(each) for each in numbers_in(of.nhs_number)]
    found += [number(each) for each in numbers_in(of.phone)]
    return [each for each in dict.fromkeys(found) if each]


def sounding(word: str) -> str:
    """The mark of a word of a name: its sound, or the word itself if it has none."""
    return coded("s", names.sound(word) or word)


def kind_mark(kind: str) -> str:
    """The mark of a kind of person: child, unborn, adult, professional."""
    return coded("kind", kind)


def probes(asked: Described, lore: Lore, near: Callable[[str], Iterable[str]]) -> list[Probe]:
    """What to look for; any one of these is enough to compare: the number or one a slip away, the day of
    birth, two words of the name, a near day and a word, a telephone number and a word. ``near`` gives the
    known words that a word may be a slip for."""
    found: list[Probe] = []
    if asked.nhs_number:
        found.append((frozenset(number(each) for each in _near_numbers(asked.nhs_number)),))
    words = [
        frozenset(sounding(each) for each in {word, *near(word), *lore.others(word)} if each)
        for word in _name_words(asked, lore)
    ]
    any_word = frozenset().union(*words)
    if asked.dob and any_word:
        found.append((frozenset([on_day(asked.dob)]), any_word))
        found.append((frozenset(map(on_day, near_days(asked.dob))), any_word))
    found += [(a, b) for at, a in enumerate(words) for b in words[at + 1 :]]
    if len(words) == 1 and not asked.dob and not asked.phone:
        found.append((words[0],))
    if asked.phone and any_word:
        found += [(frozenset([number(each)]), any_word) for each in numbers_in(asked.phone)]
    return found


def _name_words(asked: Described, lore: Lore) -> list[str]:
    """The words of the names asked for, separate and joined, without particles and placeholders."""
    passed = lore.particles | lore.placeholders
    found = dict.fromkeys(
        word
        for name in (asked.name, *asked.also)
        for word in names.spellings(name, lore)
        if len(word) > 1 and word not in passed
    )
    return list(found)


def _near_numbers(digits: str) -> set[str]:
    """A number, and all numbers that differ in one digit or by two swapped digits."""
    found = {digits}
    for at in range(len(digits)):
        found |= {digits[:at] + each + digits[at + 1 :] for each in "0123456789"}
        found.add(digits[:at] + digits[at : at + 2][::-1] + digits[at + 2 :])
    if len(digits) == 9:
        found |= {digits[:at] + each + digits[at:] for at in range(10) for each in "0123456789"}
    return found
