"""Coded entry: which code a few typed letters mean. Every coded field uses this ranking."""

import re
from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice

from spoc.model.hearing.hearing import Hearing
from spoc.model.hearing.likeness import Likeness, alike
from spoc.model.rules.codes import CAREFUL, Code, Pack

_SAID_FROM = (
    6  # letters of a word that people say: there are many, and short ones are close to each other
)
_ALONE_FROM = (
    3  # letters: with fewer, a code of a careful list is taken only by a whole abbreviation
)

_SOME = 5  # codes that a longer text is like, at most
_FEW = 3  # codes by a part of a longer text: with fewer, those that the whole is like follow
_PARTS = re.compile(r"[:,;()]")  # of a label


@dataclass(frozen=True, slots=True)
class Ways:
    """How people may refer to the codes of a list, beside the labels: by the words they say (``hearing``),
    or by some of them (``likeness``).

    ``unsure`` has abbreviations with several meanings, and the codes they may stand for: alone they take
    none. In a ``careful`` list nothing is taken if more than one code fits; in a list whose labels
    ``begins`` (actions: who does what), a word in the middle of a label takes none.
    """

    hearing: Hearing = field(default_factory=lambda: Hearing(()))
    unsure: Mapping[str, Sequence[str]] = field(default_factory=dict)
    careful: bool = False
    begins: bool = False
    likeness: Likeness | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """What the typed text may mean: the codes ``offered``, best first, and the one, if any, that Enter
    takes straight away. ``near``: the text is only like them, or spelt nearly so."""

    offered: tuple[Code, ...] = ()
    taken: Code | None = None
    near: bool = False


PLAIN = Ways()


@cache
def ways(pack: Pack, name: str) -> Ways:
    """How people may refer to the codes of one of the pack's lists."""
    codes = pack.lists.get(name, ())
    rows = [(code.code, each) for code in codes for each in code.also]
    hearing = Hearing(rows, pack.unheard, pack.denial, pack.kinds)
    labels = ((each.code, _spoken(part)) for each in codes for part in _PARTS.split(each.label))
    likeness = Likeness((*rows, *labels), pack.kinds, pack.same, pack.denial.before)
    if name not in CAREFUL:
        return Ways(hearing, likeness=likeness)
    unsure = {short: each.codes.get(name, ()) for short, each in pack.ambiguous.items()}
    return Ways(hearing, unsure, careful=True, begins=name == "action", likeness=likeness)


def meant(typed: str, codes: Sequence[Code], by: Ways = PLAIN) -> Meant:
    """What the typed text may mean among these codes; an empty text offers all of them and takes none.

    The order is: the code, its short label or an abbreviation; codes that begin with the text, or that it may be short for;
    words of a label that begin with it, and words people say; those words as far as they are typed; those
    words within a longer text, longest first. Only if all that finds nothing: near spellings, then codes that
    a longer text is like; neither is taken without being chosen.
    """
    wanted = _spoken(typed)
    if not typed.strip():
        return Meant(tuple(codes))
    if not wanted:
        return Meant()  # a hyphen alone means nothing, least of all a concern
    phrases = by.hearing.heard(typed)
    heard = {each.code: each.end - each.start for each in reversed(phrases)}
    denied = by.careful and not phrases and bool(by.hearing.denied(typed))  # "no bruising"
    begun = _begun(wanted, tuple(codes))
    unsure = by.unsure.get(wanted, ())
    found: list[tuple[int, int, int, Code]] = []
    for place, code in enumerate(codes):
        group = _group(wanted, code, begun)
        length = heard.get(code.code, 0)
        if length and group > _BEGUN:
            group = _SAID if length == len(typed.strip()) else min(group, _WITHIN)
        if code.code in unsure:
            group, place = min(group, _BEGUN), unsure.index(code.code) - len(unsure)
        if group < _NOT:
            found.append((group, -length if group == _WITHIN else 0, place, code))
    found.sort(key=lambda each: each[:3])
    if found:
        void = denied and found[0][0] != _OUTRIGHT
        offered = [each[-1] for each in found]
        if found[0][0] == _WITHIN and len(found) < _FEW:
            offered += [each for each in _like(typed, codes, by) if each not in offered]
        return Meant(tuple(offered), None if void else _taken(wanted, found, by))
    near = [] if denied else _near(wanted, codes)
    near += [each for each in _like(typed, codes, by) if each not in near]
    return Meant(tuple(near), near=bool(near))


def exact(typed: str, codes: Sequence[Code]) -> Code | None:
    """The code that the text names exactly, by code or abbreviation, or None."""
    wanted = _spoken(typed)
    return next((code for code in codes if wanted and wanted in _names(code)), None)


_OUTRIGHT, _BEGUN, _SAID, _SAYING, _WITHIN, _NOT = range(6)


def _taken(wanted: str, found: Sequence[tuple[int, int, int, Code]], by: Ways) -> Code | None:
    group, _, _, first = found[0]
    if group == _OUTRIGHT:
        return first
    if wanted in by.unsure or group == _WITHIN:  # only part of a longer text was understood
        return None
    alone = len(found) == 1
    if by.careful:
        whole = group < _SAYING and len(wanted) >= _ALONE_FROM
        if by.begins and group == _SAID and not _begins(wanted, first, by):
            return None
        return first if whole and (alone or _only_label(wanted, found)) else None
    named = group == _BEGUN or _labelled(wanted, first)
    return first if alone or named else None


def _begins(wanted: str, code: Code, by: Ways) -> bool:
    """Whether the text is the beginning of the label, or what people say: a word in the middle ("desk") is
    neither."""
    is_heard = any(each.code == code.code for each in by.hearing.heard(wanted))
    return is_heard or _spoken(code.label).startswith(wanted)


def _only_label(wanted: str, found: Sequence[tuple[int, int, int, Code]]) -> bool:
    """Whether words begin the first code's label, and of every other code they only have a part: "awaiting
    update"."""
    (*_, first), *others = found
    words = " " in wanted and len(wanted.split()[-1]) > _ALONE_FROM
    begins = words and _spoken(first.label).startswith(wanted)
    return begins and all(each[0] == _WITHIN for each in others)


def _group(wanted: str, code: Code, begun: Container[str]) -> int:
    names = _names(code)
    if wanted in names or wanted == _brief(code):
        return _OUTRIGHT
    if any(name.startswith(wanted) for name in names):
        return _BEGUN
    if _labelled(wanted, code) or _briefly(wanted, code):
        return _SAID
    return _SAYING if code.code in begun else _NOT


def _begun(wanted: str, codes: tuple[Code, ...]) -> set[str]:
    """The codes with a phrase that is typed as far as its last word, or part of it."""
    if len(wanted) < _ALONE_FROM:
        return set()
    rows = _spoken_forms(codes)
    begun = set()
    for phrase, code in islice(rows, bisect_left(rows, (wanted, "")), None):
        if not phrase.startswith(wanted):
            break
        if " " not in phrase[len(wanted) :].lstrip():
            begun.add(code)
    return begun


@lru_cache(maxsize=32)
def _spoken_forms(codes: tuple[Code, ...]) -> Sequence[tuple[str, str]]:
    """What people say for several codes, in order, each with its code."""
    return sorted((phrase, code.code) for code in codes for phrase in code.also)


def _labelled(wanted: str, code: Code) -> bool:
    if " " in wanted and len(max(wanted.split(), key=len)) == 1:
        return False  # letters one by one
    return _all_begin(wanted.split(), _words(code))


def _briefly(wanted: str, code: Code) -> bool:
    """Whether the short label, which stands in every list, begins with the text."""
    return len(wanted) > _ALONE_FROM and _brief(code).startswith(wanted)


@cache
def _brief(code: Code) -> str:
    return _spoken(code.in_brief)


@cache
def _words(code: Code) -> tuple[str, ...]:
    return tuple(_spoken(code.label).split())


def _all_begin(typed: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(each.startswith(one) for each in words) for one in typed)


@cache
def _names(code: Code) -> tuple[str, ...]:
    return (_spoken(code.code), *code.short)


def _spoken(text: str) -> str:
    """Small letters and digits, with one blank for any other sign: "Self-harm" becomes "self harm", "won’t"
    "wont"."""
    small = text.casefold().replace("'", "").replace("’", "")
    return " ".join("".join(each if each.isalnum() else " " for each in small).split())


def _like(typed: str, codes: Sequence[Code], by: Ways) -> list[Code]:
    """The codes that a longer text is like; before them those of an abbreviation in it with several meanings."""
    if by.likeness is None or " " not in _spoken(typed):
        return []
    words, denying = by.hearing.left(typed)
    found = by.likeness.like(words)
    if denying:  # "not gaining": what is said to be missing may be the worry
        for code, likeness in by.likeness.like(_spoken(typed).split(), denying).items():
            found[code] = max(likeness, found.get(code, 0))
    unsure = (code for each in words for code in by.unsure.get(each, ()))
    has = {code.code: code for code in codes}
    best = dict.fromkeys((*unsure, *sorted(found, key=lambda code: -found[code])))
    return [has[each] for each in best if each in has][:_SOME]


def _near(wanted: str, codes: Sequence[Code]) -> list[Code]:
    """The codes that have each word, at least one as a near spelling, in their own order: shown as choices."""
    vocabulary = _vocabulary(tuple(codes))
    left = {code.code for code in codes}
    nearly: set[str] = set()
    for word in wanted.split():
        just = {code for each, has in vocabulary.items() if each.startswith(word) for code in has}
        near = {code for each in alike(word, tuple(vocabulary)) for code in vocabulary[each]}
        nearly |= near - just
        left &= just | near
    return [code for code in codes if code.code in left & nearly]


@lru_cache(maxsize=32)
def _vocabulary(codes: tuple[Code, ...]) -> Mapping[str, Sequence[str]]:
    """The words of several codes, each with the codes that have it; of what people say only the longer
    words."""
    known: dict[str, dict[str, None]] = {}
    for code in codes:
        parts = (word.rstrip("*") for each in code.also for word in each.split())
        own = (*_spoken(code.code).split(), *_words(code))
        for word in (*own, *(each for each in parts if len(each) >= _SAID_FROM)):
            known.setdefault(word, {})[code.code] = None
    return {word: tuple(each) for word, each in known.items()}
