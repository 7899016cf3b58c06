"""Coded entry: which code a few typed letters mean. The one ranking behind every coded field."""

from collections.abc import Sequence

from spoc.model.rules.codes import Code

NEAR = 70  # of 100: below this a spelling is not near
NEAR_FROM = 3  # letters


def rank(query: str, codes: Sequence[Code], usual: Sequence[str] = ()) -> list[Code]:
    """The codes that a query may mean, best first; the order never depends on anything unseen.

    Exact code or abbreviation, then codes that begin so, then labels whose words begin so. Within a group
    the ``usual`` codes (this caller's own) come first, then the pack's order. An empty query gives all,
    usual ones first. What is spelt nearly so, or has it inside a word, is ``near``'s.
    """
    wanted = " ".join(query.casefold().split())
    words = wanted.split()
    found: list[tuple[int, int, int, Code]] = []
    for place, code in enumerate(codes):
        group = _group(wanted, words, code)
        if group is not None:
            own = usual.index(code.code) if code.code in usual else len(usual)
            found.append((group, own, place, code))
    return [each[-1] for each in sorted(found, key=lambda each: each[:3])]


def exact(query: str, codes: Sequence[Code]) -> Code | None:
    """The code that the query names outright, by its code or an abbreviation, or None."""
    wanted = " ".join(query.casefold().split())
    return next((code for code in codes if wanted in _names(code)), None)


def _names(code: Code) -> tuple[str, ...]:
    return (code.code.casefold(), *(short.casefold() for short in code.short))


def _group(wanted: str, words: list[str], code: Code) -> int | None:
    names = _names(code)
    if not wanted:
        return 0
    if wanted in names:
        return 0
    if not any(each.isalnum() for each in wanted):
        return None  # a hyphen alone means nothing, least of all a concern
    if any(name.startswith(wanted) for name in names):
        return 1
    label = code.label.casefold()
    spoken = "".join(each if each.isalnum() else " " for each in label).split()
    if all(any(each.startswith(word) for each in spoken) for word in words):
        return 2
    return None


def near(query: str, codes: Sequence[Code]) -> list[Code]:
    """The codes that have it inside a word, then those spelt nearly so, best first: shown to choose from, never
    taken by themselves ("dv" is in "advice" too)."""
    wanted = " ".join(query[:100].casefold().split())
    inside = [each for each in codes if len(wanted) > 1 and _holds(wanted, each)]
    if len(wanted) < NEAR_FROM:
        return inside
    from rapidfuzz import fuzz

    scored = [
        (
            -max(fuzz.WRatio(wanted, text.casefold()) for text in (code.code, code.label)),
            place,
            code,
        )
        for place, code in enumerate(codes)
        if code not in inside
    ]
    alike = [each for score, _, each in sorted(scored, key=lambda one: one[:2]) if -score >= NEAR]
    return inside + alike


def _holds(wanted: str, code: Code) -> bool:
    return any(wanted in text for text in (code.label.casefold(), *_names(code)))
