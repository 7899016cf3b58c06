"""``spoc request``: the requests to social care, and how many were accepted."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.storage.desk import Desk
    from spoc.storage.followups.requests import Request


@click.group()
def request() -> None:
    """Requests to social care: list, count."""


@request.command("list")
@click.option("--all", "closed", is_flag=True, help="Closed requests too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def list_requests(
    folder: Path, closed: bool, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """List open requests, newest first, each with its clocks."""
    from spoc.cli.output import write_json
    from spoc.model.rules.clock import shown_instant
    from spoc.model.values.instants import from_text
    from spoc.storage.followups import requests

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        rows = [
            _as_json(desk, each) for each in requests.every(desk.store, desk.actor, closed=closed)
        ]
        pack = desk.store.pack
    if form == "json":
        write_json(iter(rows))
        return
    if not rows:
        click.echo("No request is open.")
    for fields in rows:
        about = "; ".join(fields["children"]) or "no child named"
        decided = pack.brief("decision", fields["decision"] or "") or "undecided"
        click.echo(f"{fields['id'][-8:]}  {visible(about)}  {decided}")
        for clock in fields["clocks"]:
            due = shown_instant(from_text(clock["due_at"])) if clock["due_at"] else "not known"
            click.echo(f"{'':>10}{clock['verdict']:<8}  {due:<21}  {visible(clock['what'])}")


@request.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def count(folder: Path, form: str, user: str | None, passphrase_file: Path | None) -> None:
    """Count how many of the decided requests were accepted."""
    from spoc.cli.output import write_json
    from spoc.model.followups.request import EHA, TELEPHONE, conversion
    from spoc.storage.followups import requests

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found, pack = requests.asked(desk.store, desk.actor), desk.store.pack
    kinds = {
        kind: conversion(found, pack, "" if kind == "all" else kind)
        for kind in ("all", TELEPHONE, EHA)
    }
    if form == "json":
        groups = {
            kind: asdict(each) | {"undecided": each.undecided} for kind, each in kinds.items()
        }
        write_json(iter([groups]), array=False)
        return
    for kind, each in kinds.items():
        click.echo(f"{kind:>10}  {each.words()}")


def _as_json(desk: "Desk", each: "Request") -> dict[str, Any]:
    """A request as a JSON object."""
    now, pack = desk.store.now(), desk.store.pack
    return {
        "id": each.id.hex(),
        "contact": each.contact.hex(),
        "children": list(each.children),
        **{name: value or None for name, value in each.fields.items()},
        "copies": list(each.copies),
        "open": each.open,
        "clocks": [
            {
                "id": clock.id.hex(),
                "what": pack.label("action", clock.code),
                "code": clock.code,
                "started_at": clock.at,
                "due_at": clock.due_at or None,
                "ended_at": clock.ended_at or None,
                "verdict": clock.verdict(now),
            }
            for clock in each.clocks
        ],
        "chases": [asdict(chase) for chase in each.chases],
    }
