"""Coded entry: which code a few typed letters mean. Every coded field uses this ranking."""

from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice, permutations

from spoc.model.rules.codes import CAREFUL, Code, Pack
from spoc.model.rules.hearing import Hearing

NEAR_FROM = 4  # letters: a shorter single word has too many neighbours
_SAID_FROM = (
    6  # letters of a word that people say: there are many, and short ones are close to each other
)
_TWO_FROM = 8  # letters from which a word may have two slips
_ALONE_FROM = (
    3  # letters: with fewer, a code of a careful list is taken only by a whole abbreviation
)

# If only some words of a longer text are known: the least letters of a word and of its stem, how many codes
# a word may belong to before it says nothing, and how many codes to show.
_WORD_FROM, _STEM_FROM, _COMMON_FROM, _SOME = 4, 3, 6, 5
_TURNED = 3  # the most words to try in another order ("LD parents", "parents LD")


@dataclass(frozen=True, slots=True)
class Ways:
    """How people may refer to the codes of a list, beside the labels: by the words they say (``hearing``).

    ``unsure`` has abbreviations with several meanings, and the codes they may stand for: alone they take
    none. In a ``careful`` list nothing is taken if more than one code fits; in a list whose labels
    ``begins`` (actions: who does what), a word in the middle of a label takes none.
    """

    hearing: Hearing = field(default_factory=lambda: Hearing(()))
    unsure: Mapping[str, Sequence[str]] = field(default_factory=dict)
    careful: bool = False
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Meant:
    """What the typed text may mean: the codes ``offered``, best first, and the one, if any, that Enter
    takes straight away. ``near``: they are only near spellings."""

    offered: tuple[Code, ...] = ()
    taken: Code | None = None
    near: bool = False


PLAIN = Ways()


@cache
def ways(pack: Pack, name: str) -> Ways:
    """How people may refer to the codes of one of the pack's lists."""
    rows = ((code.code, each) for code in pack.lists.get(name, ()) for each in code.also)
    hearing = Hearing(rows, pack.unheard, pack.denial, pack.kinds)
    if name not in CAREFUL:
        return Ways(hearing)
    unsure = {short: each.codes.get(name, ()) for short, each in pack.ambiguous.items()}
    return Ways(hearing, unsure, careful=True, begins=name == "action")


def meant(typed: str, codes: Sequence[Code], by: Ways = PLAIN) -> Meant:
    """What the typed text may mean among these codes; an empty text offers all of them and takes none.

    The order is: the code or an abbreviation; codes that begin with the text, or that it may be short for;
    words of a label that begin with it, and words people say; those words as far as they are typed; those
    words within a longer text or in another order, longest first. Only if all that finds nothing: codes
    with some of the words, then near spellings; neither is taken without being chosen.
    """
    wanted = _spoken(typed)
    if not typed.strip():
        return Meant(tuple(codes))
    if not wanted:
        return Meant()  # a hyphen alone means nothing, least of all a concern
    phrases = by.hearing.heard(typed)
    heard = {each.code: each.end - each.start for each in reversed(phrases)}
    turned = _turned(wanted, by.hearing)
    denied = by.careful and not phrases and bool(by.hearing.denied(typed))  # "no bruising"
    begun = _begun(wanted, tuple(codes))
    unsure = by.unsure.get(wanted, ())
    found: list[tuple[int, int, int, Code]] = []
    for place, code in enumerate(codes):
        group = _group(wanted, code, begun)
        length = heard.get(code.code, 0)
        if length and group > _BEGUN:
            group = _SAID if length == len(typed.strip()) else _WITHIN
        if group >= _WITHIN and code.code in turned:
            group, length = _WITHIN, len(typed)
        if code.code in unsure:
            group, place = min(group, _BEGUN), unsure.index(code.code) - len(unsure)
        if group < _NOT:
            found.append((group, -length if group == _WITHIN else 0, place, code))
    found.sort(key=lambda each: each[:3])
    if found:
        void = denied and found[0][0] != _OUTRIGHT
        return Meant(tuple(each[-1] for each in found), None if void else _taken(wanted, found, by))
    words = by.hearing.words(typed)
    enough = len(words) > 1 if denied else " " in wanted
    if enough and (some := _by_some_words(words, tuple(codes))):
        return Meant(tuple(some))
    return Meant() if denied else Meant(tuple(_near(wanted, codes)), near=True)


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
        return first if alone and whole else None
    named = group == _BEGUN or _labelled(wanted, first)
    return first if alone or named else None


def _begins(wanted: str, code: Code, by: Ways) -> bool:
    """Whether the text is the beginning of the label, or what people say: a word in the middle ("desk") is
    neither."""
    is_heard = any(each.code == code.code for each in by.hearing.heard(wanted))
    return is_heard or _spoken(code.label).startswith(wanted)


def _turned(wanted: str, hearing: Hearing) -> set[str]:
    """The codes that two or three words mean in another order: "LD parents" for "parents LD"."""
    words = wanted.split()
    if not 1 < len(words) <= _TURNED:
        return set()
    orders = (" ".join(each) for each in permutations(words))
    phrases = (each for order in orders if order != wanted for each in hearing.heard(order))
    return {each.code for each in phrases if each.end - each.start == len(wanted)}


def _group(wanted: str, code: Code, begun: Container[str]) -> int:
    names = _names(code)
    if wanted in names:
        return _OUTRIGHT
    if any(name.startswith(wanted) for name in names):
        return _BEGUN
    if _labelled(wanted, code):
        return _SAID
    return _SAYING if code.code in begun else _NOT


def _begun(wanted: str, codes: tuple[Code, ...]) -> set[str]:
    """The codes with a phrase that is typed as far as its last word, or part of it."""
    if len(wanted) < _ALONE_FROM:
        return set()
    rows = _said(codes)
    begun = set()
    for phrase, code in islice(rows, bisect_left(rows, (wanted, "")), None):
        if not phrase.startswith(wanted):
            break
        if " " not in phrase[len(wanted) :].lstrip():
            begun.add(code)
    return begun


@lru_cache(maxsize=32)
def _said(codes: tuple[Code, ...]) -> Sequence[tuple[str, str]]:
    """What people say for several codes, in order, each with its code."""
    return sorted((phrase, code.code) for code in codes for phrase in code.also)


def _labelled(wanted: str, code: Code) -> bool:
    if " " in wanted and len(max(wanted.split(), key=len)) == 1:
        return False  # letters one by one
    return _all_begin(wanted.split(), _words(code))


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


def _by_some_words(typed: Sequence[str], codes: tuple[Code, ...]) -> list[Code]:
    """The codes that have some of a longer text's words, in any form and place; those with rare words
    first."""
    known = _stems(codes)
    score: dict[str, float] = {}
    for stem in {_stem(each) for each in typed if len(each) >= _WORD_FROM}:
        has = known.get(stem, ())
        if len(has) <= _COMMON_FROM:
            for code in has:
                score[code] = score.get(code, 0) + 1 / len(has)
    found = [code for code in codes if code.code in score]
    return sorted(found, key=lambda code: -score[code.code])[:_SOME]


@lru_cache(maxsize=32)
def _stems(codes: tuple[Code, ...]) -> Mapping[str, Sequence[str]]:
    """The stems of the words of several codes, each with the codes that have it."""
    known: dict[str, dict[str, None]] = {}
    for code in codes:
        parts = (word.strip("*") for each in code.also for word in each.split() if word[0] != "@")
        for word in (*_words(code), *parts):
            if len(word) >= _WORD_FROM:
                known.setdefault(_stem(word), {})[code.code] = None
    return {stem: tuple(each) for stem, each in known.items()}


def _stem(word: str) -> str:
    """A word without its ending: "refused", "refuses" and "refuse" give the same."""
    for end in ("ings", "ing", "ied", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(end) and len(word) - len(end) >= _STEM_FROM:
            return word[: -len(end)]
    return word


def _near(wanted: str, codes: Sequence[Code]) -> list[Code]:
    """The codes that have each word, at least one as a near spelling, in their own order: shown as choices."""
    vocabulary = _vocabulary(tuple(codes))
    left = {code.code for code in codes}
    nearly: set[str] = set()
    for word in wanted.split():
        just = {code for each, has in vocabulary.items() if each.startswith(word) for code in has}
        alike = {code for each in _alike(word, tuple(vocabulary)) for code in vocabulary[each]}
        nearly |= alike - just
        left &= just | alike
    return [code for code in codes if code.code in left & nearly]


def _alike(word: str, known: Sequence[str]) -> list[str]:
    """The words that are one or two slips away; the first letter must be right."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(word) < NEAR_FROM - 1:
        return []
    most = 2 if len(word) >= _TWO_FROM else 1
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=most, limit=None)
    return [
        each
        for each, slips, _ in found
        if each[0] == word[0] and len(each) >= NEAR_FROM and (slips == 1 or len(each) >= _TWO_FROM)
    ]


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
