"""``spoc person``: who the desk knows."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from spoc.cli.contact import values_in
from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.values.plain import visible


@click.group()
def person() -> None:
    """Persons: who may be meant, what is known of a child."""


@person.command()
@click.option(
    "--json",
    "source",
    required=True,
    metavar="FILE",
    help="The file with those asked for; - for stdin.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@user_option
@passphrase_option
@click.pass_obj
def match(
    folder: Path, source: str, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Say who of the desk may be meant, with reasons for and against; nothing is changed.

    \b
    [{"name": "Ty Brook", "dob": "2026-07-19", "nhs_number": "999 012 3456",
      "address": "…", "phone": "…"},
     {"name": "Brook, Tyler", "age": "4 months", "age_on": "2026-11-26"}]

    A number with a wrong digit is compared as it is; what is missing is neither for nor against. json
    gives a list for each, best first: id, name, dob, nhs_number, for, against.
    """
    from spoc.model.errors import BadInput
    from spoc.model.persons.match import described
    from spoc.model.rules.access import require
    from spoc.model.rules.clock import to_local
    from spoc.storage.ledger import audit
    from spoc.storage.persons import matching

    values = list(values_in(source, " Nothing was looked up."))
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "person.search")
        today = to_local(desk.store.now()).date()
        asked = []
        for number, value in enumerate(values, 1):
            if not isinstance(value, dict):
                raise click.UsageError(f"Person {number} is no object. Nothing was looked up.")
            try:
                asked.append(described(value, today))
            except BadInput as refused:
                raise click.UsageError(
                    f"Person {number}: {refused} Nothing was looked up."
                ) from None
        audit.record(
            desk.store,
            desk.actor,
            "search",
            purpose="command",
            detail=f"{len(asked)} persons matched",
        ).result()
        found = [
            [
                {
                    "id": each.of.id,
                    "name": each.of.name,
                    "dob": each.of.dob.isoformat() if each.of.dob else None,
                    "nhs_number": each.of.nhs_number or None,
                    "for": list(each.reasons),
                    "against": list(each.against),
                }
                for each in matching.find(desk.store, desk.actor, one)
            ]
            for one in asked
        ]
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for number, (one, those) in enumerate(zip(asked, found, strict=True), 1):
        click.echo(visible(f"{number}. {one.name or one.nhs_number or one.phone}"))
        for each in those:
            _say(each)
        if not those:
            click.echo("   nobody the desk knows")


def _say(found: dict[str, Any]) -> None:
    cells = [found["name"] or "no name", found["dob"] or "", found["nhs_number"] or "", found["id"]]
    click.echo(visible("   " + "  ".join(filter(None, cells))))
    for word in ("for", "against"):
        if found[word]:
            click.echo(visible(f"      {word}: {'; '.join(found[word])}"))
