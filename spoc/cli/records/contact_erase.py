"""``spoc contact erase``: erases a contact after its retention period."""

from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option


@click.command()
@click.argument("contact_id", metavar="ID")
@click.option("--why", required=True, metavar="TEXT", help="The reason; it stays and can be read.")
@user_option
@passphrase_option
@click.pass_obj
def erase(
    folder: Path, contact_id: str, why: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Erase a closed contact for good; recorded.

    Its contents go at once here, and from the other desks, the shared folder and the hub as they sync. The
    child's record stays, unless it is sealed with a restricted contact. Only somebody who can open a restricted
    contact can erase it; what --why says is not sealed. Backups keep what was erased until you delete them.
    """
    from spoc.storage.contacts import erasing
    from spoc.storage.contacts.reading import listing

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = listing.find(desk.store, desk.actor, contact_id)
        many = erasing.erase(desk.store, desk.actor, found, why).result()
    click.echo(
        f"Erased {many:,} entries. Sync, so that the other desks erase it too, and delete earlier backups."
    )
