"""Reads how people say things: abbreviations and words with several meanings, phrases without one, denials.

They are in pack.toml: ``[kinds]``, ``[same]``, ``[ambiguous]``, ``[denial]`` and ``unheard``. A pack adds to
those beneath it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from spoc.guidance.entries import source_of
from spoc.guidance.lists import phrases
from spoc.guidance.packfile import PackFile
from spoc.model.hearing.denial import Denial
from spoc.model.rules.access import ROLES
from spoc.model.rules.codes import CAREFUL, WORKING, Ambiguous, Code
from spoc.model.rules.source import Source
from spoc.model.values.dates import quoted

_MEANING: Mapping[str, type] = {"means": str, "source": str, **dict.fromkeys(CAREFUL, list)}
_COUNTS = ("reach", "item")  # of words
_DENIAL: Mapping[str, type] = {
    each.name: int if each.name in _COUNTS else list for each in fields(Denial)
}
Lists = Mapping[str, dict[str, Code]]


def ambiguous(
    file: PackFile, beneath: Mapping[str, Ambiguous], lists: Lists, sources: Mapping[str, Source]
) -> dict[str, Ambiguous]:
    """``sa = { means = "…", issue = ["staff-allegation"], source = "…" }``, added to those of the packs beneath."""
    found = dict(beneath)
    for short, table in file.table.get("ambiguous", {}).items():
        name = f"[ambiguous] {quoted(short)}"
        phrases(file, [short], "[ambiguous]", short)
        if type(table) is not dict or "means" not in table:
            raise file.bad(f'{name} must be {{ means = "…", source = "…" }}.', short)
        file.check(table, _MEANING, f"{name}: ", short)
        codes = {each: tuple(table.get(each, ())) for each in CAREFUL}
        for each, named in codes.items():
            for code in named:
                if code not in lists[each]:
                    raise file.bad(
                        f"{name}: {each} names {quoted(code)}, which is not a code of it.", short
                    )
        found[short] = Ambiguous(table["means"], codes, source_of(file, short, table, sources))
    return found


def unsure(
    lists: Lists, known: Mapping[str, Ambiguous]
) -> tuple[dict[str, dict[str, Code]], dict[str, Ambiguous]]:
    """The lists without the abbreviations that have several meanings, which point to their codes instead."""
    freed, found = dict(lists), dict(known)
    for name in CAREFUL:
        for code in lists[name].values():
            for short in (each for each in code.short if each in found):
                codes = found[short].codes
                named = tuple(dict.fromkeys((*codes[name], code.code)))
                found[short] = replace(found[short], codes={**codes, name: named})
            left = tuple(each for each in code.short if each not in found)
            freed[name] = {**freed[name], code.code: replace(code, short=left)}
    return freed, found


def words(
    file: PackFile, name: str, beneath: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """``[kinds]``: words of one kind by its name (``parent = ["mum", "dad"]``), each of them ``@parent`` in a phrase.
    ``[same]``: by a word the others that mean it (``dirty = ["mucky"]``)."""
    table = file.table.get(name, {})
    file.check(table, dict.fromkeys(table, list), f"[{name}] ", name)
    found = {key: phrases(file, held, f"[{name}] {key}:", key) for key, held in table.items()}
    return {**beneath, **found}


def check_kinds(file: PackFile, lists: Lists, known: Mapping[str, tuple[str, ...]]) -> None:
    """Refuses a phrase that names an unknown kind."""
    for codes in lists.values():
        for code in codes.values():
            named = {word for each in code.also if "@" in each for word in each.split()}
            for word in named:
                if word.startswith("@") and word[1:] not in known:
                    reason = f"{quoted(code.code)}: also names {quoted(word)}, which is not a kind."
                    raise file.bad(reason, "kinds")


def denial(file: PackFile, beneath: Denial) -> Denial:
    """How notes deny something, added to the packs beneath."""
    table = file.table.get("denial", {})
    file.check(table, _DENIAL, "[denial] ", "denial")
    found: dict[str, Any] = {
        key: value
        if key in _COUNTS
        else (*getattr(beneath, key), *phrases(file, value, f"[denial] {key}:", key))
        for key, value in table.items()
    }
    return replace(beneath, **found)


def unheard(file: PackFile, beneath: Iterable[str]) -> tuple[str, ...]:
    """Phrases in which no code's words are recognised, added to those of the packs beneath."""
    return (*beneath, *phrases(file, file.table.get("unheard", ()), "unheard:", "unheard"))


def works_the_case(files: Iterable[PackFile]) -> tuple[str, ...]:
    """Who can still see a baby who was lost: ``works-the-case = ["said-so", "named-professional"]``. The last
    pack with the line decides."""
    found: tuple[str, ...] = ()
    for file in files:
        names = file.table.get("works-the-case")
        for each in names or ():
            if each not in (*WORKING, *ROLES):
                reason = (
                    f"works-the-case names {quoted(each)}; it takes {', '.join(WORKING)} and roles."
                )
                raise file.bad(reason, "works-the-case")
        found = tuple(names) if names is not None else found
    return found
