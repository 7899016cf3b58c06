"""``spoc due``: when something is due, and why."""

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.values import jsontext

if TYPE_CHECKING:
    from spoc.model.rules.clock import Hours


@click.group()
def due() -> None:
    """When something is due, in words."""


@due.command()
@click.argument("rule")
@click.option(
    "--from",
    "start",
    required=True,
    metavar="TIME",
    help="When it began: 2027-12-24T16:00. London time unless it has an offset.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def explain(
    folder: Path, rule: str, start: str, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Explain when something is due that began at a given time.

    RULE is 30m, 24h, 3wd (working days) or 1mo. Needs no store; if there is one, its hours and closure
    days count.
    """
    from spoc.model.documents.given_values import instant
    from spoc.model.rules.clock import to_local
    from spoc.model.rules.due import DueRule, explained
    from spoc.model.rules.due import due as due_at

    by = DueRule.parse(rule)
    began, doubt = instant(start)
    hours = _hours(folder, user, passphrase_file)
    found = due_at(by, began, hours).at
    words = explained(by, began, hours) + (f" ({doubt})" if doubt else "")
    if form == "json":
        fields = {"due_at": to_local(found).isoformat() if found else None, "words": words}
        click.echo(jsontext.dumps(fields))
    else:
        click.echo(words)


def _hours(folder: Path, user: str | None, passphrase_file: Path | None) -> "Hours":
    """The store's hours; without a store or its passphrase, those that come with spoc."""
    from spoc.guidance.pack import load
    from spoc.storage.service import settings
    from spoc.storage.store_folder import KEY_FILE

    has_passphrase = (
        passphrase_file is not None or "SPOC_PASSPHRASE" in os.environ or sys.stdin.isatty()
    )
    if (folder / KEY_FILE).exists() and has_passphrase:
        with closing(open_desk(folder, user, passphrase_file)) as desk:
            return desk.store.hours
    if (folder / KEY_FILE).exists():
        click.echo(
            "Without the passphrase, the store's own hours and closure days are not known; the usual ones were used.",
            err=True,
        )
    return settings.hours({}, load("generic"))
