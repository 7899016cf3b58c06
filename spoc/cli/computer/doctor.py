"""``spoc doctor``: checks this computer, for a ticket."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--share",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also check a shared folder; its path is not shown.",
)
@click.option("--keys", is_flag=True, help="Ask you to press keys, and say which arrive.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, share: Path | None, keys: bool, as_json: bool) -> None:
    """Check this computer: encryption, disk, clock, terminal.

    Prints one page without names or records, to paste into a ticket for IT. Needs no store and no
    passphrase. Ends with 1 if something is bad.
    """
    from spoc.cli.computer.doctor_page import run

    context.exit(run(context.obj, share, keys, as_json))
