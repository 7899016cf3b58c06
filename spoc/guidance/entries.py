"""The entries of a pack's files: one table each, laid over those of the packs it extends.

A line of a pack that extends another changes what it names in the entry beneath it, so that turning a
prompt off (``off = true``) or changing a title is one line.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from spoc.guidance.packfile import PackFile, listed
from spoc.model.rules.codes import Code
from spoc.model.rules.source import Source
from spoc.model.values.dates import quoted

NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_NONE: Mapping[str, tuple[PackFile, dict[str, Any]]] = {}


class Entries:
    """What the files of a chain of packs say, by part (``walk``, ``measures``) and name: each entry with
    the last file that named it."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, tuple[PackFile, dict[str, Any]]]] = {}

    def of(self, part: str) -> Mapping[str, tuple[PackFile, dict[str, Any]]]:
        """A part's entries, in the order they were first written."""
        return self._parts.get(part, _NONE)

    def lay(
        self,
        part: str,
        code: str,
        file: PackFile,
        table: Any,
        known: Mapping[str, type],
        shape: re.Pattern[str] = NAME,
    ) -> None:
        """Lays an entry over the one beneath. Raises BadPack for an invalid name, key or value."""
        if not shape.fullmatch(code):
            raise file.bad(f"{quoted(code)} is not a name for an entry of {part}.", code)
        if type(table) is not dict:
            raise file.bad(f"{quoted(code)} must be a table.", code)
        file.check(table, known, f"{quoted(code)}: ", code)
        beneath = self._parts.setdefault(part, {})
        beneath[code] = (file, {**beneath.get(code, (file, {}))[1], **table})


class Builder:
    """Makes a part of a pack from its entries, which name these codes and sources."""

    def __init__(
        self, entries: Entries, lists: Mapping[str, Iterable[Code]], sources: Mapping[str, Source]
    ) -> None:
        self.entries, self.sources = entries, sources
        self.codes = {name: {code.code for code in codes} for name, codes in lists.items()}

    def source(self, file: PackFile, code: str, table: Mapping[str, Any]) -> Source:
        """The source that an entry names. Raises BadPack if there is no such source."""
        return source_of(file, code, table, self.sources)


def needs(file: PackFile, code: str, table: Mapping[str, Any], *keys: str) -> None:
    """Raises BadPack if an entry lacks one of these."""
    for key in keys:
        if not table.get(key):
            raise file.bad(f"{quoted(code)} has no {key}.", code)


def source_of(
    file: PackFile, code: str, table: Mapping[str, Any], sources: Mapping[str, Source]
) -> Source:
    """The source that an entry names. Raises BadPack if there is no such source."""
    return source_named(file, code, table.get("source"), sources)


def source_named(
    file: PackFile, code: str, key: str | None, sources: Mapping[str, Source]
) -> Source:
    found = sources.get(key or "")
    if found is None:
        text = f"names source {quoted(key)}, which is not in pack.toml" if key else "has no source"
        raise file.bad(f"{quoted(code)} {text}. Give one of {listed(sources)}.", code)
    return found
