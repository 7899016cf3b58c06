"""``spoc attendance``: lists of the ED safety net, one attendance in full, imports and withdrawing them."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.errors import BadInput
from spoc.model.values.dates import counted as many
from spoc.model.values.plain import visible, visible_lines

if TYPE_CHECKING:
    from spoc.model.rules.codes import Pack
    from spoc.storage.attendances.listing import WorklistRow
    from spoc.storage.attendances.showing import Shown
    from spoc.storage.desk import Desk

COLUMNS = (
    "id", "site", "number", "arrived", "name", "birth_date", "age", "sex", "nhs_number", "postcode", "complaint",
    "diagnosis", "departed", "discharge_status", "flags", "parent", "reviewed", "disposition", "basis", "reopened",
    "taken_by", "late_why", "state", "restricted",
)  # fmt: skip
_HEADS = ("Id", "Arrived", "Site", "Name", "Came with", "Why", "Stands")  # of the table


@click.group()
def attendance() -> None:
    """Children seen in emergency departments: list, show, withdraw."""


@attendance.command("list")
@click.option("--unreviewed", is_flag=True, help="Only those waiting for review.")
@click.option("--site", default="", metavar="CODE", help="Only from this department.")
@click.option("--since", default="", metavar="DAY", help="Only from this day on.")
@click.option("--flag", default="", metavar="CODE", help="Only with this flag.")
@click.option(
    "--late", is_flag=True, help="Only those not reviewed by the end of the next working day."
)
@click.option("--cancelled", is_flag=True, help="Only those the hospital cancelled or merged.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def list_all(
    folder: Path,
    unreviewed: bool,
    site: str,
    since: str,
    flag: str,
    late: bool,
    cancelled: bool,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """List attendances in the order of the worklist.

    Children still in the department come first, then the youngest. Adults are listed only if spoc offers
    them as parents, or if they are pregnant.
    """
    from spoc.cli.output import write_json, write_rows
    from spoc.model.rules.access import sight_of as sight
    from spoc.storage.attendances.listing import WorklistFilter
    from spoc.storage.ledger import audit

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        wanted = WorklistFilter(
            unreviewed, site, _day(desk, since), flag=flag, late=late, gone=cancelled
        )
        if sight(desk.actor.role).identifiers:
            text = ", ".join(wanted.words()) or "all"
            audit.record(
                desk.store, desk.actor, "export", purpose="command", detail=f"attendances: {text}"
            ).result()
        rows = (_as_json(desk, line) for line in _stream(desk, wanted))
        if form == "json":
            write_json(rows)
        elif form == "csv":
            write_rows(rows, COLUMNS)
        else:
            _print(rows, desk.store.pack)


def _day(desk: "Desk", text: str) -> str:
    from spoc.model.rules.clock import to_local
    from spoc.model.values.dates import parse_day

    if not text:
        return ""
    today = to_local(desk.store.now()).date()
    try:
        return str(today.fromisoformat(text))
    except ValueError:
        return str(parse_day(text, today, past=True))


def _stream(desk: "Desk", wanted: Any) -> Iterator["WorklistRow"]:
    from spoc.storage.attendances import listing

    last = None
    while lines := listing.page(desk.store, desk.actor, wanted, after=last):
        yield from lines
        last = lines[-1]


def _as_json(desk: "Desk", line: "WorklistRow") -> dict[str, Any]:
    from spoc.storage.contacts.contacts import authors

    claimed_by = authors(desk.store).get(line.taken_by, "") if line.taken_by else ""
    fields = {name: getattr(line, name, "") for name in COLUMNS}
    return fields | {
        "id": line.id.hex(),
        "flags": list(line.flags),
        "reviewed": line.reviewed is not None,
        "taken_by": claimed_by,
        "restricted": line.closed,
    }


def _print(rows: Iterator[dict[str, Any]], pack: "Pack") -> None:
    """A table, with words where the other formats have codes."""
    from spoc.widgets.pages.cells import fitted

    room = max(60, shutil.get_terminal_size().columns - 8 - 17 - 6)
    sizes = (8, 17, *(room * share // 100 for share in (10, 24, 28, 24, 14)))

    def write(cells: tuple[str, ...]) -> None:
        line = (fitted(visible(cell), size) for cell, size in zip(cells, sizes, strict=True))
        click.echo(" ".join(line).rstrip())

    none = True
    for fields in rows:
        if none:
            write(_HEADS)
        none = False
        write(_cells(fields, pack))
    if none:
        click.echo("No attendances match.", err=True)


def _cells(fields: dict[str, Any], pack: "Pack") -> tuple[str, ...]:
    """An attendance as the cells of the table: which flags it has, and where it stands."""
    titles = [
        pack.book.by_code[code].title if code in pack.book.by_code else code
        for code in fields["flags"]
    ]
    decided = pack.brief("disposition", fields["disposition"] or "")
    state = fields["state"] or decided or ("reviewed" if fields["reviewed"] else "waiting")
    if fields["late_why"]:
        state = f"late: {fields['late_why']}"
    return (
        fields["id"][-8:],
        fields["arrived"].replace("T", " "),
        fields["site"],
        fields["name"] or ("restricted" if fields["restricted"] else "name not given"),
        " ".join(fields["complaint"].split()),
        ", ".join(titles) or "–",
        state,
    )


@attendance.command()
@click.argument("record", metavar="ID")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def show(
    folder: Path, record: str, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Show one attendance.

    ID is its id, the end of it, or its attendance number.
    """
    from spoc.cli.output import write_json
    from spoc.storage.attendances import showing
    from spoc.storage.ledger import audit

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        shown = showing.get(desk.store, desk.actor, _one(desk, record))
        audit.record(
            desk.store, desk.actor, "view", subject=shown.line.id, purpose="command"
        ).result()
        fields = attendance_json(desk, shown)
    if form == "json":
        write_json(iter([fields]), array=False)
        return
    for label, text in _page(fields):
        first, *more = visible_lines(text).split("\n")
        click.echo(f"{visible(label):>18}  {first}")
        for each in more:
            click.echo(f"{'':>18}  {each}")


def _one(desk: "Desk", record: str) -> bytes:
    from spoc.storage.attendances import listing

    found = listing.by_number(desk.store, desk.actor, record)
    if len(found) != 1:
        number = "more than one attendance" if found else "no attendance"
        raise BadInput(f"There is {number} with that id or number; see: spoc attendance list")
    return found[0].id


def attendance_json(desk: "Desk", shown: "Shown") -> dict[str, Any]:
    """An attendance in full, as JSON."""
    return {
        **_as_json(desk, shown.line),
        "fields": dict(shown.fields),
        "sent": dict(shown.sent),
        "notes": shown.notes,
        "why": [{"code": each.code, "title": each.title, "why": each.why, "suggested": each.suggested,
                 "sources": [one.key for one in each.sources]} for each in shown.flags],
        "earlier": [{"id": each.id.hex(), "arrived": each.arrived, "site": each.site,
                     "flags": list(each.flags)} for each in shown.earlier],
        "reviews": [{"at": each.at, "by": each.by, "disposition": each.disposition, "basis": each.basis,
                     "note": each.note, "one_key": each.one_key, "undone": each.void,
                     "items": {str(n): answer for n, answer in each.items.items()}} for each in shown.reviews],
        "shares": [{"to": each.to_whom, "copied_at": each.copied_at, "sent_at": each.sent_at,
                    "address": each.address, "by": each.by} for each in shown.shares],
        "follow_ups": [{"id": each.id.hex(), "code": each.code, "who": each.who, "due_at": each.due_at or None,
                        "ended": each.ended or None} for each in shown.agreed],
        "lists": list(shown.lists),
        "not_on": list(shown.missed),
    }  # fmt: skip


def _page(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield (
        "Attendance",
        f"{fields['number']} at {fields['site']}, {fields['arrived'].replace('T', ' ')}",
    )
    for name, text in fields["fields"].items():
        if name != "arrived":
            yield name.replace("_", " "), text
    for each in fields["why"]:
        yield "flag", f"{each['title']}: {each['why']}"
    for each in fields["earlier"]:
        yield (
            "before",
            f"{each['arrived'].replace('T', ' ')} {each['site']}  {', '.join(each['flags'])}",
        )
    for each in fields["reviews"]:
        state = " (undone)" if each["undone"] else ""
        how = "one key, checklist not gone through" if each["one_key"] else each["basis"]
        yield (
            "review",
            f"{each['at']}  {each['by']}  {each['disposition']}  ({how}){state}  {each['note']}",
        )
    for each in fields["shares"]:
        words = (
            f"sent {each['sent_at']} to {each['address']}"
            if each["sent_at"]
            else "copied, not sent"
        )
        yield "share", f"{each['to']}: {words}"
    for each in fields["not_on"]:
        yield "not on the list of", each
    yield "as sent", "\n".join(f"{key}: {text}" for key, text in fields["sent"].items())


@attendance.command()
@user_option
@passphrase_option
@click.pass_obj
def imports(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """List the imports, newest first."""
    from spoc.storage.attendances import withdrawing

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = withdrawing.imports(desk.store, desk.actor)
    for each in found:
        why = f"  because {each.why}" if each.why else ""
        words = (
            f"{each.id.hex()}  {each.at}  {each.site}  {each.files}  {each.state}  {each.by}{why}"
        )
        click.echo(visible(words))


@attendance.command()
@click.argument("intake", metavar="IMPORT")
@click.option("--why", required=True, metavar="WORDS", help="The reason; it is recorded.")
@user_option
@passphrase_option
@click.pass_obj
def withdraw(
    folder: Path, intake: str, why: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Withdraw a whole import.

    What it added goes, and what it changed gets its earlier values back. What was reviewed stays, and is
    listed.
    """
    from spoc.storage.attendances import withdrawing

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        known = [each.id for each in withdrawing.imports(desk.store, desk.actor, 10_000)]
        found = [each for each in known if each.hex().endswith(intake.lower())]
        if len(found) != 1:
            raise BadInput(
                "There is no such import, or more than one; see: spoc attendance imports"
            )
        done = withdrawing.withdraw(desk.store, desk.actor, found[0], why).result()
    click.echo(
        f"{many(done.gone, 'attendance')} withdrawn, {done.restored} back to earlier values."
    )
    if done.kept:
        click.echo(f"Kept because reviewed: {', '.join(visible(each) for each in done.kept)}")
