"""``spoc doctor``: what this computer gives, for a ticket."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--share",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Look at a shared folder as well; its path is not shown.",
)
@click.option("--keys", is_flag=True, help="Ask for keys to be pressed, and say which arrive.")
@click.option("--json", "as_json", is_flag=True, help="For a program instead of a person.")
@click.pass_context
def doctor(context: click.Context, share: Path | None, keys: bool, as_json: bool) -> None:
    """Look at this computer: encryption, disk, clock, terminal, store.

    Prints one page without names or records, made to be pasted into a ticket to IT. It needs no store
    and no passphrase. Ends with 1 where something is bad.
    """
    from spoc.cli.doctor_page import run

    context.exit(run(context.obj, share, keys, as_json))
