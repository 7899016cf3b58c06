"""One TOML file of a pack: checked key by key, and refused with its name, the line and the reason."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import Any

from spoc.model.errors import BadPack
from spoc.model.values.dates import quoted

_LARGEST = 1_000_000  # bytes: ten times spoc's longest list
_AT_LINE = re.compile(r" \(at line ([0-9]+), column [0-9]+\)| \(at end of document\)")
_KINDS: Mapping[type, str] = {
    str: 'text in quotes, such as "004"',
    list: 'a list of texts, such as ["da"]',
    date: "a date without quotes, such as 2027-03-31",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point, such as 85.0",
    dict: "a table",
}


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack, and where its keys are."""

    name: str
    data: bytes
    text: str
    table: Mapping[str, Any]

    def bad(self, reason: str, where: str | int = 1) -> BadPack:
        """The refusal for a line, or for the line that begins with this key."""
        return bad_pack(self.name, reason, where if isinstance(where, int) else self.line(where))

    def line(self, key: str) -> int:
        """The line on which a key or a table of this name begins."""
        name = re.escape(key)
        begins = re.compile(rf"""\s*\[*\s*(?:"{name}"|'{name}'|{name})\s*[=.\]]""")
        return next((at for at, line in self._lines() if begins.match(line)), 1)

    def source_line(self, index: int) -> int:
        """The line of the ``[[source]]`` that is the index-th of the file."""
        begins = re.compile(r"\s*\[\[\s*source\s*\]\]")
        headers = (at for at, line in self._lines() if begins.match(line))
        return next(islice(headers, index, None), 1)

    def check(
        self, table: Mapping[str, Any], known: Mapping[str, type], name: str, where: str | int
    ) -> None:
        """Refuses unknown keys and values of the wrong type."""
        for key, value in table.items():
            if key not in known:
                raise self.bad(
                    f"{name}unknown key {quoted(key)}; known are {listed(known)}.", where
                )
            right = type(value) is known[key]
            if right and known[key] is list and key not in ("source", "occasion"):
                right = all(type(each) is str for each in value)
            if not right:
                raise self.bad(f"{name}{key} must be {_KINDS[known[key]]}.", where)
            if known[key] is str and not (value.strip() and value.isprintable()):
                raise self.bad(f"{name}{key} must be one line of text, not empty.", where)

    def _lines(self) -> Iterator[tuple[int, str]]:
        return enumerate(self.text.split("\n"), 1)


def read(folder: Path) -> dict[str, bytes]:
    """The TOML files in one pack's folder, by name. Raises BadPack if one cannot be read."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        name = f"{folder.name}/{path.name}"
        try:
            status = path.stat()
            # reading a pipe might never begin, and a device never end
            if not S_ISREG(status.st_mode):
                raise bad_pack(name, "this is not a file.")
            if status.st_size > _LARGEST:
                raise bad_pack(name, f"the file is larger than {_LARGEST // 1_000_000} MB.")
            found[path.name] = path.read_bytes()
        except OSError as error:
            raise bad_pack(name, f"the file cannot be read ({error.strerror}).") from None
    return found


@lru_cache(256)  # a service's own pack extends files of spoc that were already read
def parse(pack: str, file: str, data: bytes | None) -> PackFile:
    """One file of a pack. Raises BadPack if it is missing, not UTF-8 or not TOML."""
    name = f"{pack}/{file}"
    if data is None:
        raise bad_pack(name, "the file is missing.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise bad_pack(name, "a letter here is not UTF-8; save the file as UTF-8.", line) from None
    try:
        return PackFile(name, data, text, tomllib.loads(text))
    except (
        ValueError,
        RecursionError,
    ) as error:  # a number with thousands of digits, or very deep nesting
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at and at[1] else len(text.rstrip().split("\n"))
        reason = _plainly(_AT_LINE.sub("", str(error)))
        raise bad_pack(name, f"this is not TOML: {reason}", line) from None


def _plainly(message: str) -> str:
    if message.startswith(("Cannot overwrite", "Cannot declare")):
        return "the same name appears here a second time."
    if "recursion" in message or "digits" in message:
        return "it is nested too deep, or a number is too long."
    return f"{message[:1].lower()}{message[1:]}."


def bad_pack(name: str, reason: str, line: int | None = None) -> BadPack:
    """The refusal for a file of a pack: where, and why."""
    where = f", line {line}" if line else ""
    return BadPack(f"{name}{where}: {reason} No record is touched; correct the pack and try again.")


def listed(names: Iterable[str]) -> str:
    """Names for a sentence, separated by commas."""
    return ", ".join(names)
