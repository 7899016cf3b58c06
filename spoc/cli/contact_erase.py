"""``spoc contact erase``: a contact whose time to be kept is over."""

from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option


@click.command()
@click.argument("contact_id", metavar="ID")
@click.option("--why", required=True, metavar="TEXT", help="Why: it is what stays, and is read.")
@user_option
@passphrase_option
@click.pass_obj
def erase(
    folder: Path, contact_id: str, why: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Erase a closed contact for good, with all that belongs to it; recorded.

    What it says goes here at once, and at the other desks and in the places of sync as they sync. The record
    of a child stays, unless it is sealed with a restricted contact. Such a contact is erased by somebody who can
    open it; what --why says is not sealed. Backups keep what was erased until they are deleted.
    """
    from spoc.storage.contacts import erasing, listing

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = listing.find(desk.store, desk.actor, contact_id)
        many = erasing.erase(desk.store, desk.actor, found, why).result()
    click.echo(
        f"Erased: {many:,} entries. Sync, so that it reaches the other desks; delete the backups made before."
    )
