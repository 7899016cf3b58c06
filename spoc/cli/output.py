"""Contacts outside the app: a table for the terminal, JSON, CSV for spreadsheets, a page of text."""

import csv
import io
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import click

from spoc.model.documents.change_words import change_words, field_label, value_words
from spoc.model.documents.contact_from_json import OF_CALLER
from spoc.model.forms.contact import late_entry
from spoc.model.forms.forms import Field
from spoc.model.ledger.records import tables
from spoc.model.rules import access
from spoc.model.rules.clock import in_local_words, shown_instant, to_local
from spoc.model.rules.codes import Pack
from spoc.model.values import jsontext
from spoc.model.values.ages import age_on_day, kept_age
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text
from spoc.model.values.plain import for_spreadsheet, visible, visible_lines
from spoc.model.values.reference import reference

Data = Mapping[str, Any]

_SHORT, _RECEIVED = 9, 17  # the widths of a reference, and of a day with its time
_WIDE = 110  # from this many columns the table also says who rang
_MARK = "\ufeff"  # shows a spreadsheet that the file is UTF-8


def write(
    rows: Iterator[dict[str, Any]], form: str, fields: Iterable[Field], role: str, pack: Pack
) -> None:
    """Writes contacts to the standard output, one by one."""
    named = access.sight_of(role).identifiers
    if form == "json":
        write_json(rows)
    elif form == "csv":
        write_rows((_cells(values) for values in rows), _columns(fields, named))
    else:
        _write_table(rows, named, pack)


def write_json(rows: Iterator[dict[str, Any]], *, array: bool = True) -> None:
    """Writes an array with one object per line, or a single object, indented."""
    out = sys.stdout.buffer
    if not array:
        out.write(jsontext.dumps(next(rows), indent=2).encode() + b"\n")
        return
    before = "["
    for each in rows:
        out.write(f"{before}{jsontext.dumps(each)}".encode())
        before = ",\n"
    out.write(b"[]\n" if before == "[" else b"]\n")
    out.flush()


# -- CSV -------------------------------------------------------------------------------------------


def _columns(fields: Iterable[Field], named: bool) -> list[str]:
    """The headings of a spreadsheet's columns."""
    own = ["id", "reference", "received", "open", "sealed", "caller", *OF_CALLER, "identity"]
    own += ["children", "born", "nhs_numbers"]
    used = {*own, *OF_CALLER.values(), "received_at"}
    kinds = ("code", "many", "when", "age", "text") if named else ("code", "many", "when", "age")
    own += [each.key for each in fields if each.kind in kinds and each.key not in used]
    own += ["actions", "outcome"]
    if named:
        return ["ref", *own, "notes"]
    return [
        name for name in own if name not in ("caller", "phone", "children", "born", "nhs_numbers")
    ]


def write_rows(rows: Iterator[Data], columns: Sequence[str]) -> None:
    """Writes CSV for a spreadsheet, row by row; no cell is a formula."""
    out = sys.stdout.buffer
    line = io.StringIO()
    writer = csv.writer(line)
    out.write(_MARK.encode())
    writer.writerow(columns)
    for cells in rows:
        writer.writerow([for_spreadsheet(_joined(cells.get(name, ""))) for name in columns])
        out.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()
    out.write(line.getvalue().encode())
    out.flush()


def _cells(data: Data) -> dict[str, str]:
    """A contact as the cells of one row."""
    caller, children = data.get("caller", {}), data.get("children", [])
    cells = {key: _joined(value) for key, value in data.items()}
    cells |= {key: caller.get(key, "") for key in OF_CALLER}
    received = data.get("received_at") or ""  # it was erased, while another desk changed it
    if received and not data.get("sealed"):
        received = f"{to_local(from_text(received)):%Y-%m-%d %H:%M}"
    cells |= {
        "received": received,
        "sealed": "yes" if data.get("sealed") else "no",
        "open": "yes" if data["open"] else "no",
        "caller": caller.get("name", ""),
        "children": _joined([child.get("name", "unnamed") for child in children]),
        "born": _joined(
            [child.get("dob") or _age_given(child) or _expected(child) for child in children]
        ),
        "nhs_numbers": _joined([_number(child) for child in children]),
        "actions": _joined([_action(each) for each in data.get("actions", [])]),
    }
    return cells


def _joined(value: Any) -> str:
    if value is None:
        return ""
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _age_given(child: Data) -> str:
    return age_on_day(child["age"], child["age_on"]) if child.get("age") else ""


def _expected(child: Data) -> str:
    return f"due {child['edd']}" if child.get("edd") else ""


def _action(data: Data) -> str:
    by = f" by {data['by']}" if data.get("by") else ""
    due = f" due {data['due']}" if data.get("due") else ""
    return f"{data.get('code', '')}{by}{due}"


# -- columns ---------------------------------------------------------------------------------------


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, with aligned columns."""
    from rich.cells import cell_len

    shown = [[visible(cell) for cell in row] for row in rows]
    sizes = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell + " " * (size - cell_len(cell)) for cell, size in zip(row, sizes, strict=True)
        ).rstrip()
        for row in shown
    ]


# -- the table -------------------------------------------------------------------------------------


def _write_table(rows: Iterator[dict[str, Any]], named: bool, pack: Pack) -> None:
    """Writes lines that fit the terminal; the widths do not depend on the rows. Who rang appears only on a
    wide one."""
    width = shutil.get_terminal_size().columns
    shares = {"Reference": 0, "Received": 0, "Child": 28, "About": 36, "Caller": 24, "Service": 24, "Outcome": 36}  # fmt: skip
    for head in ("Child", "Caller") if not named else ():
        del shares[head]
    for head in ("Caller", "Service") if width < _WIDE else ():
        shares.pop(head, None)
    room = max(0, width - _SHORT - _RECEIVED - len(shares) + 1)
    whole = sum(shares.values())
    sizes = [_SHORT, _RECEIVED, *(room * share // whole for share in [*shares.values()][2:])]
    sizes[-1] += room - sum(sizes[2:])
    empty = True
    for fields in rows:
        if empty:
            click.echo(_line(list(shares), sizes))
            empty = False
        cells = _table_cells(fields, pack)
        click.echo(_line([cells[head] for head in shares], sizes))


def _table_cells(fields: Data, pack: Pack) -> dict[str, str]:
    """A contact as the cells of the table, by heading: short labels, no codes."""
    cells = _cells(fields)
    about = [pack.brief("issue", each) for each in fields.get("issues", [])]
    end = pack.brief("outcome", fields.get("outcome") or "")
    return {
        "Reference": reference(fields["id"]),
        "Received": _received(fields),
        "Child": cells["children"] or {"no-names": "no names"}.get(cells.get("identity", ""), ""),
        "About": "restricted"
        if fields.get("sealed")
        else ", ".join(about) or pack.brief("category", fields.get("category") or ""),
        "Caller": cells["caller"],
        "Service": pack.brief("service", fields.get("caller", {}).get("service") or ""),
        "Outcome": "(open) " * fields["open"] + end,
    }


def _received(data: Data) -> str:
    """When it was received; for a restricted contact the day it was logged."""
    if not data.get("received_at"):
        return "erased"
    if data.get("sealed"):
        return shown_day(date.fromisoformat(data["received_at"]))
    return shown_instant(from_text(data["received_at"])).partition(" ")[2]


def _line(cells: Sequence[str], sizes: Sequence[int]) -> str:
    from spoc.widgets.pages.cells import fitted

    return " ".join(
        fitted(visible(cell), size) for cell, size in zip(cells, sizes, strict=True)
    ).rstrip()


# -- the page of one contact -----------------------------------------------------------------------

_ERASED = (
    "Its content is gone. It is listed because another desk changed it or added to it meanwhile."
)


def page_lines(data: Data, fields: Iterable[Field], pack: Pack) -> Iterator[str]:
    """Everything on a contact's page as lines of text."""
    for label, text in _page(data, tuple(fields), pack):
        first, *more = visible_lines(text).split("\n")
        yield f"{visible(label):>14}  {first}"
        yield from (f"{'':>14}  {each}" for each in more)


def _page(data: Data, form: tuple[Field, ...], pack: Pack) -> Iterator[tuple[str, str]]:
    caller = data.get("caller", {})
    yield "Reference", data["reference"]
    yield "Contact", data["id"] + (f"  ({data['ref']})" if data.get("ref") else "")
    if data.get("received_at"):
        late = "  (late entry)" if late_entry(data["received_at"], data["logged_at"], pack) else ""
        yield "Received", _at(data["received_at"]) + late
        yield "Logged", f"{_at(data['logged_at'])} by {data['advisor']}"
        yield "Closed", _at(data["closed_at"]) if data["closed_at"] else "no, it is open"
    else:
        yield "Erased", _ERASED
    if data.get("opened_to"):
        yield "Restricted", f"opened to {', '.join(data['opened_to'])}"
    if data.get("beside"):
        yield "Beside it", f"an open contact for the child, {reference(data['beside'])}"
    yield "Caller", caller.get("name", "unnamed")
    own = {OF_CALLER[key]: value for key, value in caller.items() if key in OF_CALLER}
    for field in form:
        key = field.key
        value = own.get(key, data.get(key))
        if field.kind in ("text", "code", "many", "when", "age") and key != "received_at":
            if value or not field.walk:
                yield field.label, _words(pack, field, value) or "–"
        elif field.kind == "child":
            for child in data.get("children", []):
                yield "Child", _child(child)
            if not data.get("children"):
                yield "Child", pack.label("identity", data.get("identity", ""))
    yield from _guided(data, pack)
    for action in data.get("actions", []):
        parts = [pack.label("action", action.get("code", ""))]
        parts += [f"by {action['by']}"] if action.get("by") else []
        parts += [f"due {_at(action['due_at'])}"] if action["due_at"] else []
        typed = action.get("due", "")
        parts += [f"({typed})"] if typed and typed == in_local_words(typed) else []
        yield "Action", "  ".join(parts)
    for each in data["outcomes"]:
        detail = f"  {each['detail']}" if each["detail"] else ""
        yield "Outcome", f"{pack.label('outcome', each['code'] or '')}{detail}  ({_at(each['at'])})"
    for each in data["entries"]:
        yield "Note", f"{each['text']}\n({_at(each['at'])})"
    every = tables(form)
    for each in data["conflicts"]:
        table, key = every[each["table"]], each["field"]
        both = " or ".join(
            f"{value_words(table, key, one['value'], pack, {str(one['value']): str(one['value'])})} ({one['by']}, {_at(one['at'])})"
            for one in each["said"]
        )
        yield "In dispute", f"{field_label(table, key.partition('.')[0], form, pack)}: {both}"
    yield "History", "" if data["history"] else "as it was first logged"
    for each in data["history"]:
        why = f", because {each['why']}" if each["why"] else ""
        table = every[each["tbl"]]
        words = change_words(table, each["field"], each["before"], each["value"], form, pack)
        yield "", f"{_at(each['at'])}  {each['by']}  {words}{why}"


def _guided(data: Data, pack: Pack) -> Iterator[tuple[str, str]]:
    """The answers of the walk, how the prompts were met, and which parts of SBAR are complete."""
    for code, answer in data.get("answers", {}).items():
        question = pack.guide.by_code.get(code)
        text = in_local_words(answer) if isinstance(answer, str) else "not known"
        if isinstance(answer, str) or answer.get("state") == "unknown":
            yield "Answer", f"{question.label if question else code}: {text}"
    for code, met in data.get("prompts", {}).items():
        prompt = pack.guide.prompt_by_code.get(code)
        done = ", ".join(pack.label("action", each) for each in met.get("done", ()))
        why = f"overridden; {met['why']}" if met.get("why") else ""
        title = f"{prompt.kind.upper()} {code} {prompt.title}" if prompt else code
        yield "Prompt", f"{title}: {'; '.join(filter(None, (done, why)))}"
    if data.get("sbar"):
        yield "SBAR", f"answered: {', '.join(data['sbar'])}"
    if data.get("closed_anyway"):
        yield "Closed anyway", f"because {data['closed_anyway']}"


def _words(pack: Pack, field: Field, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(pack.label(field.codes, each) for each in value)
    if value and field.kind == "when":
        return _at(value)
    if value and field.kind == "age":
        return kept_age(value).words
    return pack.label(field.codes, value) if field.codes and value else value or ""


def _number(child: Data, shown: Callable[[str], str] = str) -> str:
    """A child's NHS number, and whether it is in doubt."""
    number = shown(child.get("nhs_number", ""))
    return f"{number} (in doubt)" if "nhs_number" in child.get("in_doubt", []) else number


def _child(child: Data) -> str:
    from spoc.model.values import nhs_number

    parts = [child.get("name", "unnamed child")]
    if child.get("dob"):
        parts.append(f"born {shown_day(date.fromisoformat(child['dob']))}")
    if child.get("age"):
        parts.append(age_on_day(child["age"], child["age_on"]))
    if child.get("edd"):
        parts.append(f"expected {shown_day(date.fromisoformat(child['edd']))}")
    if child.get("nhs_number"):
        parts.append(f"NHS number {_number(child, nhs_number.grouped)}")
    if child.get("mother"):
        parts.append(f"mother {child['mother'].get('name', '')}")
    return ", ".join(parts)


def _at(text: str) -> str:
    return shown_instant(from_text(text)) if text else ""
