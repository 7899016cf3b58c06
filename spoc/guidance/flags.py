"""Reads the rules of the ED safety net: flags.toml over the facts of terms.toml, both with their sources."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from spoc.guidance.entries import Entries, needs, source_named, source_of
from spoc.guidance.packfile import PackFile, listed
from spoc.model.attendance.flags import GIVEN, FlagRule, Letter, SafetyNetRules
from spoc.model.attendance.terms import Term
from spoc.model.errors import BadInput
from spoc.model.hearing.denial import Denial
from spoc.model.rules.guiding.condition import AGE, Condition, parse
from spoc.model.rules.source import Source
from spoc.model.values.dates import quoted

BOOKS = ("terms", "flags", "letters")
_TERM: Mapping[str, type] = {
    "fact": str, "value": str, "fields": list, "words": list, "whole": list, "codes": list,
    "elsewhere": list, "source": str,
}  # fmt: skip
_RULE: Mapping[str, type] = {
    "title": str, "when": str, "facts": list, "item": int, "eyes": bool, "adults": bool, "says": str,
    "sources": list, "off": bool,
}  # fmt: skip
_LETTER: Mapping[str, type] = {
    "title": str, "to": str, "when": str, "blocked": str, "says": list, "source": str, "off": bool,
}  # fmt: skip
_KNOWN = {"terms": _TERM, "flags": _RULE, "letters": _LETTER}
_CODE = re.compile(r".+")  # fields that contain the hospital's own codes
_ITEMS = range(1, 9)
_RAW = ("gp_practice",)  # fields about which a rule may ask whether they are given at all


def lay_over(entries: Entries, name: str, file: PackFile) -> None:
    """Lays one file's entries over those of the packs beneath."""
    for code, table in file.table.items():
        entries.lay(name, code, file, table, _KNOWN[name], _CODE)


def build(
    entries: Entries, sources: Mapping[str, Source], denial: Denial, overdue: timedelta | None
) -> SafetyNetRules:
    """The rules made from the entries, complete and checked. Raises BadPack with file, line and reason."""
    terms = tuple(
        _term(file, code, table, sources) for code, (file, table) in entries.of("terms").items()
    )
    facts: dict[str, set[str]] = {fact: set(values) for fact, values in GIVEN.items()}
    for term in terms:
        facts.setdefault(term.fact, set()).add(term.value)
    rules = tuple(
        _rule(file, code, table, sources, facts)
        for code, (file, table) in entries.of("flags").items()
        if not table.get("off")
    )
    letters = tuple(
        _letter(file, code, table, sources, facts)
        for code, (file, table) in entries.of("letters").items()
        if not table.get("off")
    )
    made = SafetyNetRules(rules, terms, denial, letters)
    return replace(made, overdue=overdue) if overdue else made


def _letter(
    file: PackFile,
    code: str,
    table: Mapping[str, Any],
    sources: Mapping[str, Source],
    facts: Mapping[str, set[str]],
) -> Letter:
    needs(file, code, table, "title", "to", "when", "blocked", "says")
    if table["to"] not in ("parents", "gp"):
        raise file.bad(f"{quoted(code)}: to is parents or gp.", code)
    return Letter(
        code,
        table["title"],
        table["to"],
        _condition(file, code, table["when"], facts),
        _condition(file, code, table["blocked"], facts),
        tuple(table["says"]),
        source_of(file, code, table, sources),
    )


def _term(
    file: PackFile, code: str, table: Mapping[str, Any], sources: Mapping[str, Source]
) -> Term:
    needs(file, code, table, "fact", "value", "fields")
    if not any(table.get(key) for key in ("words", "whole", "codes", "elsewhere")):
        raise file.bad(f"{quoted(code)}: give words, whole, codes or elsewhere.", code)
    return Term(
        code,
        table["fact"],
        table["value"],
        tuple(table["fields"]),
        source_of(file, code, table, sources),
        tuple(table.get("words", ())),
        tuple(table.get("whole", ())),
        tuple(table.get("codes", ())),
        tuple(table.get("elsewhere", ())),
    )


def _rule(
    file: PackFile,
    code: str,
    table: Mapping[str, Any],
    sources: Mapping[str, Source],
    facts: Mapping[str, set[str]],
) -> FlagRule:
    needs(file, code, table, "title", "when", "says", "sources")
    if table.get("item") not in _ITEMS:
        raise file.bad(f"{quoted(code)}: item is a number from 1 to 8.", code)
    when = _condition(file, code, table["when"], facts)
    return FlagRule(
        code,
        table["title"],
        when,
        tuple(table.get("facts", ())),
        table["item"],
        table["says"],
        tuple(source_named(file, code, each, sources) for each in table["sources"]),
        table.get("eyes", False),
        table.get("adults", False),
    )


def _condition(file: PackFile, code: str, text: str, facts: Mapping[str, set[str]]) -> Condition:
    """A condition whose every fact and value exists."""
    try:
        when = parse(text, {}, lambda key: frozenset(facts[key]) if key in facts else None)
    except BadInput as refused:
        raise file.bad(f"{quoted(code)}: {refused}", code) from None
    for key, values in when.keys:
        if key == AGE or key in _RAW:
            continue
        if key not in facts:
            raise file.bad(
                f"{quoted(code)}: {quoted(key)} is not a fact; there are {listed(facts)}.", code
            )
        wrong = next((each for each in values if each not in facts[key]), None)
        if wrong:
            raise file.bad(f"{quoted(code)}: {quoted(wrong)} is not a value of {key}.", code)
    return when
