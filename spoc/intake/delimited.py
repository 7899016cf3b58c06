"""Rows as text: CSV and similar, saved from a program or pasted from an email; any separator, any encoding."""

import csv
from collections.abc import Callable, Iterator, Sequence

from spoc.intake.source_table import SourceTable

SEPARATORS = "\t,;|"
_SAMPLE = 80  # lines from which the separator is guessed
_LONG = 60  # lines: a longer quoted cell is a quotation mark that was never closed


def decoded(data: bytes) -> tuple[str, str]:
    """A file's text, and the encoding it was found in, in words."""
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace"), "UTF-8" if name == "utf-8-sig" else "UTF-16"
    head = data[:4096]
    if len(head) > 3 and head.count(0) > len(head) // 3:
        little = head[1::2].count(0) >= head[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", "replace"), "UTF-16"
    try:
        return data.decode(), "UTF-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "Windows-1252"


def sheet(
    text: str, enough: Callable[[Sequence[Sequence[str]]], int], encoding: str
) -> SourceTable:
    """The one sheet in a text. ``enough`` says how many headings it knows in some rows: the separator that
    gives the most known headings is used."""
    lines = text.replace("\x00", " ").splitlines(keepends=True)
    sample = lines[:_SAMPLE]
    scores = {each: enough([cells for _, cells in _records(sample, each)]) for each in SEPARATORS}
    best = max(SEPARATORS, key=lambda each: (scores[each], _even(sample, each)))
    note = () if encoding == "UTF-8" else (f"read as {encoding}",)
    return SourceTable("", _records(lines, best), notes=note)


def _even(lines: Sequence[str], separator: str) -> int:
    """How many of a separator most lines have: decides if no heading is known."""
    values = sorted(line.count(separator) for line in lines if line.strip())
    return values[len(values) // 2] if values else 0


def _records(lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins. An unclosed quotation mark spoils only its own line:
    the lines it would swallow are read as separate records."""
    at, width = 0, 0
    while at < len(lines):
        reader = csv.reader(iter(lines[at:]) if at else iter(lines), delimiter=separator)
        done = 0
        restart = False
        try:
            for cells in reader:
                used = reader.line_num
                own = lines[at + done : at + used]
                if len(own) > 1 and _swallowed(own, cells, separator, width):
                    restart = True
                    break
                width = max(width, len(cells)) if done < _SAMPLE else width
                yield at + done + 1, list(cells)
                done = used
        except csv.Error:
            restart = True
        if not restart:
            return
        line = lines[at + done].rstrip("\r\n")
        yield at + done + 1, list(line.split(separator))
        at += done + 1


def _swallowed(own: Sequence[str], cells: Sequence[str], separator: str, width: int) -> bool:
    """Whether a record of several lines contains other records."""
    if len(own) > _LONG:
        return True
    whole = max(width - 1, 1)
    inner = own[1:-1] if len(cells) == width else own[1:]
    return any(line.count(separator) >= whole for line in inner)
