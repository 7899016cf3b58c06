"""``spoc followup``: lists what was promised and is not done yet, and marks it as done."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.model.followups.followup import FollowUp
    from spoc.storage.desk import Desk

COLUMNS = (
    "id", "due_at", "state", "what", "code", "children", "who", "due", "agreed_at", "claimed_by", "contact", "attendance",
    "snoozed_to", "snoozed_why", "moved", "holder", "disputed",
)  # fmt: skip


@click.group()
def followup() -> None:
    """Follow-ups: list, mark as done, claim, count."""


@followup.command("list")
@click.option(
    "--due", is_flag=True, help="Only what is due by the end of today, including what is overdue."
)
@click.option("--overdue", is_flag=True, help="Only what is overdue.")
@click.option("--mine", is_flag=True, help="Only what you claimed, or what names you.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def list_open(
    folder: Path,
    due: bool,
    overdue: bool,
    mine: bool,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """List open follow-ups, earliest first."""
    from spoc.cli.output import write_json, write_rows
    from spoc.model.followups.followup import OVERDUE, TODAY
    from spoc.storage.followups import followups

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        now = desk.store.now()
        found = followups.open_ones(desk.store, desk.actor)
        if due:
            found = [each for each in found if each.state(now) in (OVERDUE, TODAY)]
        if overdue:
            found = [each for each in found if each.state(now) == OVERDUE]
        if mine:
            found = [each for each in found if followups.is_of(each, desk.actor)]
        rows = [_as_json(desk, each) for each in found]
    if form == "json":
        write_json(iter(rows))
    elif form == "csv":
        write_rows(iter(rows), COLUMNS)
    elif not rows:
        click.echo(
            "Nothing is open." if not (due or overdue or mine) else "No open follow-ups match."
        )
    else:
        _table(rows)


@followup.command()
@click.argument("id")
@click.option("--not-done", "because", metavar="WHY", help="Mark it as not done, and say why.")
@click.option(
    "--although", default="", metavar="WHY", help="Why it was done although the child has died."
)
@user_option
@passphrase_option
@click.pass_obj
def done(
    folder: Path,
    id: str,
    because: str | None,
    although: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Mark a follow-up as done now, or as not done and why."""
    from spoc.model.errors import BadInput
    from spoc.model.followups.followup import KEPT, NOT_DONE
    from spoc.storage.followups import followups

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        each = followups.find(desk.store, desk.actor, id)
        if each.ended:
            raise BadInput(f"It already ended as {each.ended}; nothing was changed.")
        how = KEPT if because is None else NOT_DONE
        followups.end(desk.store, desk.actor, each, how, because or although).result()
        what = desk.store.pack.label("action", each.code)
    click.echo(f"{'Done' if because is None else 'Not done'}: {visible(what)}")


@followup.command()
@click.argument("id")
@click.option("--let-go", is_flag=True, help="Give up your claim.")
@user_option
@passphrase_option
@click.pass_obj
def claim(
    folder: Path, id: str, let_go: bool, user: str | None, passphrase_file: Path | None
) -> None:
    """Claim a follow-up, so that nobody else does it too."""
    from spoc.storage.followups import followups

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        each = followups.find(desk.store, desk.actor, id)
        followups.claim(desk.store, desk.actor, each, let_go=let_go).result()
        what = desk.store.pack.label("action", each.code)
        done = "No longer claimed" if let_go else f"Claimed by {desk.actor.name}"
    click.echo(visible(f"{done}: {what}"))


@followup.command()
@click.option("--explain", is_flag=True, help="List each follow-up with its ledger entries.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def count(
    folder: Path, explain: bool, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Count those kept, late, not done, stopped and open."""
    from spoc.cli.output import write_json
    from spoc.storage.followups import followups

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        now = desk.store.now()
        verdicts: dict[str, list[dict[str, Any]]] = {}
        for each in followups.every(desk.store, desk.actor):
            fields: dict[str, Any] = {
                "id": each.id.hex(),
                "what": desk.store.pack.label("action", each.code),
            }
            if explain:
                fields["due_at"] = each.due_at or None
                fields["ended_at"] = each.ended_at or None
                fields["events"] = followups.events(desk.store, each)
            verdicts.setdefault(each.verdict(now), []).append(fields)
    if form == "json":
        values: dict[str, Any] = {name: len(found) for name, found in verdicts.items()}
        write_json(iter([values | {"followups": verdicts} if explain else values]), array=False)
        return
    for name, found in verdicts.items():
        click.echo(f"{name:>10}  {len(found)}")
        for fields in found if explain else ():
            ids = ", ".join(event["entry"] for event in fields["events"])
            click.echo(f"{'':>12}{fields['id'][-8:]}  {visible(fields['what'])}  {ids}")


def _as_json(desk: "Desk", each: "FollowUp") -> dict[str, Any]:
    """A follow-up as a JSON object."""
    from spoc.model.followups.followup import moved_words
    from spoc.storage.contacts.contacts import authors

    return {
        "id": each.id.hex(),
        "due_at": each.due_at or None,
        "state": each.state(desk.store.now()),
        "what": desk.store.pack.label("action", each.code),
        "code": each.code,
        "children": list(each.children),
        "who": each.who,
        "due": each.due,
        "agreed_at": each.at,
        "claimed_by": authors(desk.store).get(each.claimed_by),
        "contact": each.contact.hex() or None,
        "attendance": each.attendance.hex() or None,
        "snoozed_to": each.snoozed_to or None,
        "snoozed_why": each.snoozed_why or None,
        "moved": moved_words(each) or None,
        "holder": each.holder or None,
        "died": each.died or None,
        "disputed": sorted(each.disputed),
    }


def _table(rows: list[dict[str, Any]]) -> None:
    from spoc.widgets.pages.cells import fitted

    room = max(20, shutil.get_terminal_size().columns - 8 - 18 - 3)
    sizes = (8, 17, room * 40 // 100, room * 38 // 100, room * 22 // 100)
    for cells in _cells(rows):
        line = (fitted(visible(cell), size) for cell, size in zip(cells, sizes, strict=True))
        click.echo(" ".join(line).rstrip())


def _cells(rows: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    from spoc.model.followups.followup import OVERDUE
    from spoc.model.rules.clock import shown_instant
    from spoc.model.values.instants import from_text

    yield "Id", "Due", "What", "Child", "Who"
    for fields in rows:
        at = fields["due_at"]
        due = shown_instant(from_text(at)).partition(" ")[2] if at else "not known"
        mark = "! " if fields["state"] == OVERDUE else ""
        children = ("DIED: " if fields["died"] else "") + "; ".join(fields["children"])
        yield (
            fields["id"][-8:],
            due,
            mark + fields["what"],
            children,
            fields["claimed_by"] or fields["who"],
        )
