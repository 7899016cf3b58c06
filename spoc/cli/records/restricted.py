"""``spoc contact open-to``: opens a restricted contact to one more user."""

from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.values.plain import visible


@click.command("open-to")
@click.argument("contact_id", metavar="ID")
@click.argument("name", metavar="NAME")
@user_option
@passphrase_option
@click.pass_context
def open_to(
    context: click.Context,
    contact_id: str,
    name: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Open a restricted contact to one more user; recorded.

    Only somebody it is open to can do this, and never for the person it is about. Write NAME in full.
    """
    from spoc.storage.contacts.reading import listing
    from spoc.storage.secrecy import restricted

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        found = listing.find(desk.store, desk.actor, contact_id)
        restricted.open_to(desk.store, desk.actor, found, name).result()
        people = ", ".join(each.name for each in restricted.opened_to(desk.store.reader, found))
    click.echo(f"Now open to: {visible(people)}")
