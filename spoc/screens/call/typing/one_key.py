"""Answers of one letter, and the words that begin with it: which letters belong to an answer, and which to
the next."""

from collections.abc import Mapping, Sequence

from spoc.model.rules.codes import Code

NOBODY_KNOWS = "?"  # the meaning of the words for "not known"
_UNSURE = ("not sure", "not known", "unknown", "don't know", "dont know", "unsure")
_NO = ("n", "no", "none", "none known", "nope", "no known")
_YES = ("y", "yes", "yeah", "yep")


def phrases(yes_no: bool, codes: Sequence[Code]) -> Mapping[str, str]:
    """Every way to give an answer, in small letters, with its meaning: yes, no, a code, or NOBODY_KNOWS."""
    fields = dict.fromkeys(_UNSURE, NOBODY_KNOWS)
    if yes_no:
        return fields | dict.fromkeys(_NO, "no") | dict.fromkeys(_YES, "yes")
    for code in codes:
        ways = (code.code.replace("-", " "), code.code, *code.short, code.label)
        fields |= {each.casefold(): code.code for each in ways if each.casefold() not in fields}
    return fields


def meaning(typed: str, known: Mapping[str, str]) -> str:
    """The meaning of what was typed; "" if it is none of them."""
    return known.get(" ".join(typed.casefold().split()), "")


def goes_on(typed: str, known: Mapping[str, str]) -> bool:
    """Whether an answer may continue with more letters."""
    words = typed.casefold().lstrip()
    return any(each.startswith(words) for each in known)


class Tail:
    """The late letters of an answer that was taken by its first letter: they are the rest of it.

    ``held`` are letters kept back, to give to the next line if they turn out to be its own.
    """

    def __init__(self, slot: str, typed: str, known: Mapping[str, str]) -> None:
        self.slot, self.typed, self.known = slot, typed, known
        self.held = ""

    def takes(self, letter: str) -> bool:
        """Whether the letter continues the answer."""
        if not goes_on(self.typed + letter, self.known):
            return False
        self.typed += letter
        self.held += letter
        return True

    @property
    def meaning(self) -> str:
        return meaning(self.typed, self.known)
