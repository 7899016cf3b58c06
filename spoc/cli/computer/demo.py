"""``spoc demo``: spoc on invented work, to try it, show it or measure it."""

from pathlib import Path

import click

from spoc.cli.computer.demo_run import CONTACTS, SEED
from spoc.cli.open_desk import passphrase_option, read_passphrase
from spoc.model.errors import BadInput
from spoc.model.values.plain import visible


@click.command()
@click.option(
    "--contacts",
    type=click.IntRange(0, 5_000_000),
    default=CONTACTS,
    show_default=True,
    metavar="N",
    help="How many invented contacts.",
)
@click.option(
    "--seed",
    type=int,
    default=SEED,
    show_default=True,
    metavar="N",
    help="The same number gives the same people and calls.",
)
@click.option(
    "--fill",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Make a demo store in DIR that is kept.",
)
@passphrase_option
@click.pass_context
def demo(
    context: click.Context,
    contacts: int,
    seed: int,
    fill: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Try spoc on invented work that is not kept.

    It asks for no passphrase, and every screen says DEMO. --fill makes a demo store that is kept, and
    prints its recovery code.
    """
    from spoc.cli.computer import demo_run as made_up

    if fill is None:
        if passphrase_file is not None:
            raise BadInput(
                "A demo that is not kept has no passphrase; nothing was made. Name a folder with --fill, or leave "
                "out --passphrase-file."
            )
        context.exit(made_up.show(contacts, seed))
    passphrase = read_passphrase(passphrase_file, "New passphrase", twice=True)
    for line in made_up.fill(fill.expanduser().absolute(), passphrase, contacts, seed):
        click.echo(visible(line))
