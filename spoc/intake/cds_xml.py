"""CDS XML (Emergency Care Data Set 6.2 and 4): each message is a row, each element a column named after it.

So element names map to fields as headings do, and an element that comes several times is one cell. ``line``
is the number of the message in the file.
"""

import io
from collections.abc import Iterator
from typing import Any

from spoc.intake.source_table import Row, SourceTable, Unreadable

_HEADER = "CDSTransactionHeader"  # how every message begins
_SEVERAL = ", "


def is_cds(begins: str) -> bool:
    """Whether a file that begins like this (in small letters) is CDS XML."""
    return "cds-xmlinterchange" in begins or "datastandards/xmlschema/cds" in begins


def sheet(data: bytes) -> SourceTable:
    """The messages of a file as one sheet. Raises Unreadable if it is not complete XML."""
    rows = list(_messages(data))
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines: list[Row] = [(0, list(names))]
    lines += [(at, [row.get(name, "") for name in names]) for at, row in enumerate(rows, 1)]
    return SourceTable("", lines)


def _messages(data: bytes) -> Iterator[dict[str, str]]:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        for _, element in iterparse(io.BytesIO(data)):
            if any(_name(child).startswith(_HEADER) for child in element):
                yield _flat(element)
                element.clear()
    except (ParseError, DefusedXmlException) as error:
        raise Unreadable(
            f"it is XML that is cut short or damaged ({type(error).__name__}). Nothing was read; ask for it to "
            "be sent again."
        ) from None


def _flat(message: Any) -> dict[str, str]:
    """The text of every element of a message, by its name."""
    found: dict[str, str] = {}
    for element in message.iter():
        text = (element.text or "").strip()
        if text:
            name = _name(element)
            before = found.get(name)
            if before is None:
                found[name] = text
            elif text not in before.split(_SEVERAL):
                found[name] = before + _SEVERAL + text
    return found


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
