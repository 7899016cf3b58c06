"""Answers of one letter and the words that begin with them: which letters belong to an answer, and which to the next."""

from collections.abc import Mapping, Sequence

from spoc.model.rules.codes import Code

NOBODY_KNOWS = "?"  # what the words for "not known" come to
_UNSURE = ("not sure", "not known", "unknown", "don't know", "dont know", "unsure")
_NO = ("n", "no", "none", "none known", "nope", "no known")
_YES = ("y", "yes", "yeah", "yep")


def phrases(yes_no: bool, codes: Sequence[Code]) -> Mapping[str, str]:
    """Every way to say an answer, in small letters, with what it comes to: yes, no, a code, or NOBODY_KNOWS."""
    said = dict.fromkeys(_UNSURE, NOBODY_KNOWS)
    if yes_no:
        return said | dict.fromkeys(_NO, "no") | dict.fromkeys(_YES, "yes")
    for code in codes:
        ways = (code.code.replace("-", " "), code.code, *code.short, code.label)
        said |= {each.casefold(): code.code for each in ways if each.casefold() not in said}
    return said


def meaning(typed: str, known: Mapping[str, str]) -> str:
    """What was typed comes to; "" where it is none of them."""
    return known.get(" ".join(typed.casefold().split()), "")


def goes_on(typed: str, known: Mapping[str, str]) -> bool:
    """Whether more letters may follow in one of the answers."""
    words = typed.casefold().lstrip()
    return any(each.startswith(words) for each in known)


class Tail:
    """The letters of an answer that was taken by its first letter, and that come late: they are the rest of it.

    ``held`` are those that were held back, to be given to the next line where they turn out to be its own.
    """

    def __init__(self, slot: str, typed: str, known: Mapping[str, str]) -> None:
        self.slot, self.typed, self.known = slot, typed, known
        self.held = ""

    def takes(self, letter: str) -> bool:
        """Whether the letter goes on with the answer."""
        if not goes_on(self.typed + letter, self.known):
            return False
        self.typed += letter
        self.held += letter
        return True

    @property
    def meaning(self) -> str:
        return meaning(self.typed, self.known)
