"""Reading files into one stream of Attendance or Rejected. A file's kind depends on its contents, not its name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from spoc.guidance.intake import columns
from spoc.intake import cds_xml, delimited, webpage, workbooks
from spoc.intake.source_table import Row, SourceTable, Unreadable
from spoc.model.attendance.cell_values import Cell, text_of
from spoc.model.attendance.columns import Columns, find, spelt
from spoc.model.attendance.row import Attendance, Layout, Rejected, Where, kind, read
from spoc.model.attendance.summary import Summary
from spoc.model.ledger import bounds
from spoc.storage.store_folder import STORE_FILE

_SITES = 100  # how many different site codes are read from a file
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(slots=True)
class SheetAccount:
    """What happened to one sheet: whether it was read or why not, and what was found besides records."""

    file: str
    sheet: str
    read: bool = False
    why: str = ""
    rows: int = 0
    hidden: int = 0
    blank: int = 0
    footer: int = 0
    unknown: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()  # each heading with its field, "" if it is not known
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FileReading:
    """One file while it is read. ``rows`` is the stream, to read once; ``sheets`` fills as it goes."""

    file: str
    sheets: list[SheetAccount]
    rows: Iterable[Attendance | Rejected]

    def tell(self, summary: Summary) -> None:
        """Adds to the summary what was found besides records, sheet by sheet."""
        for each in self.sheets:
            summary.counts["blank"] += each.blank
            summary.counts["footer"] += each.footer
            summary.sheets.append(
                {
                    "file": each.file,
                    "sheet": each.sheet,
                    "read": each.read,
                    "why": each.why,
                    "rows": each.rows,
                    "hidden": each.hidden,
                    "unknown": list(each.unknown),
                    "notes": each.notes,
                }
            )


def bytes_of(path: Path) -> bytes:
    """A file's contents. Raises Unreadable, with a sentence, if it cannot be opened."""
    if path.name.startswith(STORE_FILE):  # never opened: closing it would drop SQLite's locks
        raise Unreadable(f"{path.name} holds a desk's records, not a list. Nothing was brought in.")
    try:
        with path.open("rb") as file:
            return of_stream(file, path.name)
    except OSError as error:
        why = (error.strerror or "it cannot be opened").lower()
        raise Unreadable(f"{path.name} cannot be read: {why}. Nothing was brought in.") from None


def of_stream(file: BinaryIO, name: str) -> bytes:
    """The same for an open file. Raises Unreadable if it is larger than any list."""
    data = file.read(bounds.FILE + 1)
    if why := bounds.too_large(len(data)):
        raise Unreadable(f"{name} cannot be read: {why}. Nothing was brought in.")
    return data


def of_bytes(
    data: bytes, name: str, now: datetime, own: Mapping[str, str] | None = None
) -> FileReading:
    """The stream in a file's contents. ``now`` is the local clock (naive), after which nothing can have
    happened yet; ``own`` maps headings to fields as the desk knows them, ahead of the guidance.

    Raises Unreadable, with a sentence, if it cannot be read.
    """
    known = _known(own)
    accounts: list[SheetAccount] = []
    try:
        found = _sheets(data, known)
        first = next(found, None)
    except Unreadable as error:
        raise Unreadable(f"{name} cannot be read: {error}") from None
    if first is None:
        raise Unreadable(f"{name} cannot be read: there is no table in it.")
    return FileReading(name, accounts, _stream(chain([first], found), name, now, known, accounts))


def sites_of(data: bytes, name: str, own: Mapping[str, str] | None = None) -> list[str]:
    """The site codes in a file, read to its end. Raises Unreadable, with a sentence, if it cannot be."""
    known = _known(own)
    found: set[str] = set()
    readable, tables = False, 0
    try:
        for sheet in _sheets(data, known):
            tables += 1
            lines = iter(sheet.rows)
            head = list(islice(lines, known.heading_rows))
            heading = find([cells for _, cells in head], known)
            if heading is None:
                continue
            readable = True
            at = heading.fields.index("site") if "site" in heading.fields else None
            for _, cells in chain(head[heading.after :], lines):
                if at is not None and at < len(cells) and len(found) < _SITES:
                    text = text_of(cells[at])
                    found |= {text} - {row[at] for row in heading.rows if at < len(row)}
    except Unreadable as error:
        raise Unreadable(f"{name} cannot be read: {error}") from None
    if not readable:
        many = f" in any of its {tables} sheets" if tables > 1 else ""
        raise Unreadable(
            f"{name} cannot be read: no row of headings that spoc knows was found{many}. Name the columns on "
            "the mapping page, or ask the hospital for a list with headings."
        )
    return sorted(found - {""})


def likely_headings(data: bytes) -> list[str]:
    """The row that looks most like headings if spoc knows none of them: the first of the widest."""
    known = _known(None)
    best: list[str] = []
    for sheet in _sheets(data, known):
        for _, cells in islice(sheet.rows, known.heading_rows):
            words = [text_of(cell) for cell in cells]
            if len([word for word in words if word]) > len([word for word in best if word]):
                best = words
    return [" ".join(word.split()) for word in best if word]


def _known(own: Mapping[str, str] | None) -> Columns:
    known = columns()
    if not own:
        return known
    return replace(known, fields={**known.fields, **{spelt(k): v for k, v in own.items()}})


def _sheets(data: bytes, known: Columns) -> Iterator[SourceTable]:
    if not data.strip():
        raise Unreadable("it is empty.")
    if data.startswith((b"PK", _OLE)):
        yield from workbooks.sheets(data, known.unpacked)
        return
    text, encoding = delimited.decoded(data)
    begins = text.lstrip("\ufeff \t\r\n")[:400].casefold()
    if begins.startswith(("msh|", "fhs|", "bhs|", "\x0bmsh|")):
        raise Unreadable("it holds HL7 messages, which this version of spoc does not read.")
    if begins.startswith(("{", "[")):
        raise Unreadable("it holds JSON, which this version of spoc does not read as a list.")
    if begins.startswith("<"):
        if cds_xml.is_cds(begins):
            yield cds_xml.sheet(data)
            return
        if "<table" in text.casefold():
            yield from webpage.sheets(text)
            return
        raise Unreadable("it is XML without a table, which this version of spoc does not read.")
    if text.count("\ufffd") > len(text) // 50 or text.count("\x00") > 4:
        raise Unreadable("it is neither a workbook nor text.")
    yield delimited.sheet(text, lambda rows: _headings(rows, known), encoding)


def _headings(rows: Sequence[Sequence[Cell]], known: Columns) -> int:
    heading = find(rows, known)
    return len({each for each in heading.fields if each}) if heading else 0


def _stream(
    sheets: Iterable[SourceTable],
    name: str,
    now: datetime,
    known: Columns,
    accounts: list[SheetAccount],
) -> Iterator[Attendance | Rejected]:
    try:
        for sheet in sheets:
            about = SheetAccount(name, sheet.name, notes=list(sheet.notes))
            accounts.append(about)
            yield from _of_sheet(sheet, about, now, known)
    except Unreadable as error:
        raise Unreadable(f"{name} cannot be read: {error}") from None


def _of_sheet(
    sheet: SourceTable, about: SheetAccount, now: datetime, known: Columns
) -> Iterator[Attendance | Rejected]:
    lines = iter(sheet.rows)
    head: list[Row] = list(islice(lines, known.heading_rows))
    heading = find([cells for _, cells in head], known)
    if sheet.unseen:
        about.notes.append("the sheet is hidden")
    if heading is None:
        about.why = "no row of headings that spoc knows"
        return
    about.read, about.unknown = True, heading.unknown
    about.columns = tuple(zip(heading.words, heading.fields, strict=True))
    hidden = sheet.hidden
    if hidden is None:
        about.notes.append("this format does not tell which rows are hidden; all were read")
    layout = Layout(heading, known, now, from_1904=sheet.from_1904)
    gap = 0  # blank rows, which count only if something follows
    for line, cells in chain(head[heading.after :], lines):
        what = kind(cells, layout)
        if what == "blank":
            gap += 1
            continue
        about.blank, gap = about.blank + gap, 0
        if what == "footer":
            about.footer += 1
            continue
        about.rows += 1
        out_of_sight = hidden is not None and line in hidden
        about.hidden += out_of_sight
        where = Where(about.file, about.sheet, line)
        found = read(cells, where, layout)
        if isinstance(found, Attendance) and _size(found) > bounds.FIELD:
            found = Rejected(where, f"longer than {bounds.FIELD // 1000} kB")
        yield (
            replace(found, hidden=True) if out_of_sight and isinstance(found, Attendance) else found
        )
    if about.hidden:
        about.notes.append(f"{about.hidden} hidden or filtered rows were read like the others")


def _size(row: Attendance) -> int:
    """The number of bytes in a row."""
    return sum(len(text.encode(errors="surrogatepass")) for text in row.sent.values())
