"""``spoc extract``: what those work on who hold no key of the records."""

from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.rules.access import require


@click.command()
@user_option
@passphrase_option
@click.pass_obj
def extract(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """Make the extract without names for analysts now.

    It is also made after each sign-in of somebody who takes calls, and every half hour while spoc is open.
    """
    from spoc.storage.extract import making

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "extract.make")
        wanted = making.is_wanted(desk.folder)
        making.make(desk)
    click.echo(
        "The extract is made." if wanted else "Nobody here works on an extract; none was made."
    )
