"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): their sheets, and what calamine does not tell about them.

Hidden rows, the 1904 date system and the unpacked size are read from the file's own parts; the old binary
.xls has none, and spoc then says that they are not known.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from spoc.intake.source_table import Row, SourceTable, Unreadable

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_LINE = re.compile(rb"\br=[\"'](\d+)[\"']")
_CHUNK = 1 << 20
_LOCKED = "EncryptedPackage".encode("utf-16-le")  # the part with the content of a locked workbook


def sheets(data: bytes, unpacked: int) -> Iterator[SourceTable]:
    """Every sheet of a workbook, hidden ones too. ``unpacked`` is how many bytes it may unpack to.

    Raises Unreadable if it is locked, cut short, too large unpacked, or not a workbook.
    """
    import python_calamine as calamine

    if _LOCKED in data:
        raise _locked()
    parts = _parts(data, unpacked)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        raise _locked() from None
    except calamine.CalamineError as error:
        raise _broken(error) from None
    from_1904 = parts.from_1904 if parts else False
    for meta in book.sheets_metadata:
        if meta.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = book.get_sheet_by_name(meta.name)
        except calamine.CalamineError as error:
            raise _broken(error) from None
        yield SourceTable(
            meta.name,
            _rows(sheet),
            parts.hidden(meta.name) if parts else None,
            meta.visible != calamine.SheetVisibleEnum.Visible,
            from_1904,
        )


def _locked() -> Unreadable:
    return Unreadable(
        "it needs a password. Nothing was read; open it, save it without the password, and bring it in again."
    )


def _rows(sheet: Any) -> Iterator[Row]:
    yield from enumerate(sheet.iter_rows(), 1)


def _broken(error: Exception) -> Unreadable:
    return Unreadable(
        f"it is cut short or damaged ({_plainly(error)}). Nothing was read; ask for it to be sent again."
    )


def _plainly(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__


class _Parts:
    """The parts of a zipped workbook that say what calamine does not."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = set(archive.namelist())
        self.from_1904 = False
        self.paths: dict[str, str] = {}
        self._lines: dict[str, frozenset[int]] = {}
        if "xl/workbook.xml" in self.names:
            self._workbook()
        elif "content.xml" in self.names:
            self._content()

    def hidden(self, sheet: str) -> frozenset[int] | None:
        """The hidden lines of a sheet, or None if that is not known."""
        if sheet in self._lines:
            return self._lines[sheet]
        path = self.paths.get(sheet)
        return self._hidden_rows(path) if path in self.names and path else None

    def _hidden_rows(self, path: str) -> frozenset[int]:
        """The hidden rows, from the rows' tags alone: a full parse would take longer than the reading."""
        found, line, rest = set(), 0, b""
        with self.archive.open(path) as part:
            while chunk := part.read(_CHUNK):
                text = rest + chunk
                end = 0
                for match in _ROW.finditer(text):
                    end = match.end()
                    own = _LINE.search(match[0])
                    line = int(own[1]) if own else line + 1
                    if _HIDDEN.search(match[0]):
                        found.add(line)
                tag = text.rfind(b"<", end)
                rest = text[tag:] if tag >= 0 and text.find(b">", tag) < 0 else b""
                if len(rest) > _CHUNK:
                    rest = b""
        return frozenset(found)

    def _workbook(self) -> None:
        from defusedxml.ElementTree import fromstring

        targets = {}
        if "xl/_rels/workbook.xml.rels" in self.names:
            for each in fromstring(self.archive.read("xl/_rels/workbook.xml.rels")):
                targets[each.get("Id")] = each.get("Target", "")
        for each in fromstring(self.archive.read("xl/workbook.xml")).iter():
            tag = each.tag.rpartition("}")[2]
            if tag == "workbookPr":
                self.from_1904 = each.get("date1904") in ("1", "true")
            elif tag == "sheet":
                own = next((value for key, value in each.items() if key.endswith("}id")), "")
                target = targets.get(own, "").lstrip("/")
                inside = target if target.startswith("xl/") else str(PurePosixPath("xl") / target)
                self.paths[each.get("name", "")] = inside

    def _content(self) -> None:
        from defusedxml.ElementTree import fromstring

        for table in fromstring(self.archive.read("content.xml")).iter():
            if table.tag.rpartition("}")[2] != "table":
                continue
            name, line, found = "", 0, set()
            for key, value in table.items():
                name = value if key.endswith("}name") else name
            for row in table.iter():
                if row.tag.rpartition("}")[2] != "table-row":
                    continue
                groups = {key.rpartition("}")[2]: value for key, value in row.items()}
                repeated = int(groups.get("number-rows-repeated", "1"))
                if groups.get("visibility") in ("filter", "collapse"):
                    found |= set(range(line + 1, line + min(repeated, 1 << 16) + 1))
                line += repeated
            self._lines[name] = frozenset(found)


def _parts(data: bytes, unpacked: int) -> _Parts | None:
    """The parts of a zipped workbook; None for the old binary format. Raises Unreadable if it is too large
    or broken."""
    if not data.startswith(b"PK"):
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        size = sum(part.file_size for part in archive.infolist())
        if size > unpacked:
            raise Unreadable(
                f"it is swollen: {len(data) / 1e6:.1f} MB that unpack to {size / 1e6:.0f} MB, more than the "
                f"{unpacked / 1e6:.0f} MB that a list may have. Nothing was read; copy its rows into a new "
                "workbook, or save it as CSV."
            )
        return _Parts(archive)
    except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise _broken(error) from None
    except Unreadable:
        raise
    except Exception as error:  # the XML parsers have errors of many classes
        raise _broken(error) from None
