"""A recipient's own workbook, filled in: a return's numbers go into the cells that the pack names.

Nothing else in the file changes: its parts are copied as they are, and in a sheet only the named cells
change. The service's pack says which number goes where (returns.toml, ``[workbook.RECIPIENT]``).
"""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from html import escape
from xml.etree.ElementTree import ParseError

from spoc.model.errors import BadInput
from spoc.model.measures.measure import digits
from spoc.model.values.dates import quoted, shown_day
from spoc.model.values.plain import for_spreadsheet
from spoc.reports.return_files import cell_text
from spoc.reports.returns import Return

_CELL = re.compile(r"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_ROW = re.compile(r"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_PLACE = re.compile(r"(?P<sheet>.+)!(?P<column>[A-Z]{1,3})(?P<row>[1-9][0-9]{0,6})")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PART_OF = {"numerator": "numerator", "denominator": "denominator"}


def values(made: Return, wanted: Mapping[str, str], signed_by: str, today: date) -> dict[str, str]:
    """What goes into each place. ``wanted`` maps a place (``Return!C5``) to a cell of the return, to
    ``CELL:numerator`` or ``CELL:denominator``, or to ``period``, ``signed-by``, ``made-on``. What may not
    leave is replaced by words. Raises BadInput if the return has no such cell."""
    fields = {
        "period": made.span.dates,
        "signed-by": signed_by or "draft, not signed",
        "made-on": shown_day(today),
    }
    cells = {cell.id: cell for cell in made.counted.cells}
    found: dict[str, str] = {}
    for place, name in wanted.items():
        if name in fields:
            found[place] = fields[name]
            continue
        own, _, part = name.partition(":")
        cell = cells.get(own)
        if cell is None or (part and part not in _PART_OF):
            raise BadInput(
                f"The pack fills {place} with {quoted(name)}, which this return does not have; nothing was "
                "made. Put it right in returns.toml."
            )
        number = getattr(cell, _PART_OF.get(part, "value"))
        found[place] = cell_text(made, cell, number) if number is not None else ""
    return found


def filled(data: bytes, fields: Mapping[str, str], name: str) -> bytes:
    """The workbook with these cells filled. Raises BadInput if it is not an .xlsx, has no such sheet, or a
    cell to fill holds a formula; it is never half filled."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            parts = {each.filename: file.read(each) for each in file.infolist()}
            sheets = _sheets(parts)
    except (zipfile.BadZipFile, KeyError, ParseError, OSError) as error:
        raise BadInput(
            f"{quoted(name)} is not a workbook that can be filled ({type(error).__name__}); nothing was made. Save "
            "it as .xlsx without a password."
        ) from None
    for place, text in fields.items():
        match = _PLACE.fullmatch(place)
        part = sheets.get(match["sheet"], "") if match else ""
        if not match or part not in parts:
            raise BadInput(
                f"{quoted(name)} has no place {quoted(place)}; nothing was made. It has the sheets "
                f"{', '.join(sheets)}."
            )
        xml = parts[part].decode("utf-8")
        parts[part] = _put(xml, match["column"], match["row"], text, place).encode("utf-8")
    parts["xl/workbook.xml"] = _counts_again(parts["xl/workbook.xml"].decode("utf-8")).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for part, content in parts.items():
            out.writestr(part, content)
    return made.getvalue()


def _sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    """A workbook's sheets by name, each with its part."""
    from defusedxml.ElementTree import fromstring

    related = {
        each.get("Id"): each.get("Target", "")
        for each in fromstring(parts["xl/_rels/workbook.xml.rels"])
    }
    found = {}
    for each in fromstring(parts["xl/workbook.xml"]).iter():
        if each.tag.rpartition("}")[2] == "sheet":
            target = related.get(each.get(_RELATION), "")
            inside = target.removeprefix("/")
            found[each.get("name", "")] = inside if inside.startswith("xl/") else f"xl/{inside}"
    return found


def _put(xml: str, column: str, row: str, text: str, place: str) -> str:
    """The sheet with one cell filled, in its former style."""
    ref = f"{column}{row}"
    for match in _ROW.finditer(xml):
        if _attribute(match[1], "r") == row:
            inside = _in_row(match[2] or "", column, ref, text, place)
            start, end = match.span()
            return f"{xml[:start]}<row{match[1]}>{inside}</row>{xml[end:]}"
        if int(_attribute(match[1], "r") or 0) > int(row):
            start = match.start()
            return f'{xml[:start]}<row r="{row}">{_cell(ref, "", text)}</row>{xml[start:]}'
    fresh = f'<row r="{row}">{_cell(ref, "", text)}</row>'
    if "<sheetData/>" in xml:
        return xml.replace("<sheetData/>", f"<sheetData>{fresh}</sheetData>")
    if "</sheetData>" not in xml:
        raise BadInput(f"The sheet of {quoted(place)} cannot be filled; nothing was made.")
    return xml.replace("</sheetData>", f"{fresh}</sheetData>")


def _in_row(inside: str, column: str, ref: str, text: str, place: str) -> str:
    for match in _CELL.finditer(inside):
        own = _attribute(match[1], "r")
        start, end = match.span()
        if own == ref:
            if "<f" in (match[2] or ""):
                raise BadInput(
                    f"{quoted(place)} holds a formula of the recipient's; nothing was made. Name another cell."
                )
            return inside[:start] + _cell(ref, _attribute(match[1], "s"), text) + inside[end:]
        letters = own.rstrip("0123456789")
        if (len(letters), letters) > (len(column), column):
            return inside[:start] + _cell(ref, "", text) + inside[start:]
    return inside + _cell(ref, "", text)


def _cell(ref: str, style: str, text: str) -> str:
    look = f' s="{style}"' if style else ""
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return f'<c r="{ref}"{look}><v>{digits(float(text))}</v></c>'
    plain = escape(for_spreadsheet(text), quote=False)
    return f'<c r="{ref}"{look} t="inlineStr"><is><t>{plain}</t></is></c>'


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', attributes)
    return found[1] if found else ""


def _counts_again(xml: str) -> str:
    """The workbook, set to recalculate its formulas when it is opened."""
    if "fullCalcOnLoad" in xml:
        return xml
    if "<calcPr" in xml:
        return xml.replace("<calcPr", '<calcPr fullCalcOnLoad="1"', 1)
    after = "</definedNames>" if "</definedNames>" in xml else "</sheets>"
    return xml.replace(after, f'{after}<calcPr fullCalcOnLoad="1"/>', 1)
