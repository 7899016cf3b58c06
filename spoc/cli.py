"""The commands. Each imports what it needs when it runs; an error is one sentence and an exit code."""

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spoc import __version__
from spoc.model import crash
from spoc.model.access import ROLES, require
from spoc.model.errors import BadInput, Refusal
from spoc.model.plain import visible, visible_lines

if TYPE_CHECKING:
    from spoc.storage.desk import Desk

FOUND = 1  # the exit code of "verify" where something does not hold

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_passphrase_file = click.option(
    "--passphrase-file",
    type=_FILE,
    metavar="FILE",
    help="Read the passphrase from the first line of a file (else SPOC_PASSPHRASE, else ask).",
)
_user = click.option(
    "--user", metavar="NAME", help="Who you are, where the store has several users."
)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--store",
    type=_FOLDER,
    metavar="DIR",
    help="The folder of the store (else SPOC_STORE, else your local data folder).",
)
@click.version_option(__version__, prog_name="spoc", message="%(prog)s %(version)s")
@click.pass_context
def spoc(context: click.Context, store: Path | None) -> None:
    """The single point of contact of a children's safeguarding service.

    Without a command it opens the desk.
    """
    from spoc.storage.place import default_folder

    context.obj = (store or default_folder()).expanduser().absolute()
    if context.invoked_subcommand is None:
        from spoc.app import run

        context.exit(run(context.obj))


@spoc.command()
@click.option("--service", required=True, metavar="NAME", help="The team whose records these are.")
@click.option("--desk", required=True, metavar="NAME", help="This place of work.")
@click.option("--name", required=True, metavar="NAME", help="The first user.")
@click.option("--role", type=click.Choice(list(ROLES)), default="advisor", show_default=True)
@click.option("--pack", default="generic", show_default=True, metavar="PACK")
@_passphrase_file
@click.pass_obj
def init(
    folder: Path,
    service: str,
    desk: str,
    name: str,
    role: str,
    pack: str,
    passphrase_file: Path | None,
) -> None:
    """Set up a store without asking; prints its recovery code."""
    from spoc.storage.desk import prepare
    from spoc.storage.place import check

    passphrase = _passphrase(passphrase_file, ask="New passphrase", twice=True)
    for warning in check(folder):
        click.echo(visible(warning), err=True)
    prepared = prepare(folder, service, desk, name, role, passphrase, pack)
    try:
        prepared.commit()
    finally:
        prepared.discard()
    click.echo(f"Store          {visible(str(folder))}")
    click.echo(f"Recovery code  {prepared.code}")
    click.echo(
        "Write the code on paper and keep it away from this computer; it is not kept anywhere."
    )


@spoc.command()
@click.argument("target", type=_FOLDER, metavar="DIR")
@_user
@_passphrase_file
@click.pass_obj
def backup(folder: Path, target: Path, user: str | None, passphrase_file: Path | None) -> None:
    """Copy the store into a new folder within DIR."""
    from spoc.storage import upkeep
    from spoc.storage.verify import last_verified
    from spoc.storage.verify import verify as read_through

    with closing(_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "store.backup")
        made = upkeep.back_up(desk, target.absolute(), datetime.now(UTC))
        click.echo(f"Backup         {visible(str(made.path))}  ({made.size / 1e6:.1f} MB)")
        for line in read_through(desk.store, last_verified(desk.store)).lines():
            click.echo(line)
    if made.same_disk:
        click.echo(
            "This backup lies on the same disk as the store and is lost with it; keep another elsewhere.",
            err=True,
        )


@spoc.command()
@click.argument("source", type=_FOLDER, metavar="BACKUP")
@click.pass_obj
def restore(folder: Path, source: Path) -> None:
    """Put a backup in place of a store that is not there any more."""
    from spoc.storage.desk import restore as put_back

    put_back(source.absolute(), folder)
    click.echo(
        f"Restored into {visible(str(folder))}. It opens with the passphrase of the day of the backup."
    )


@spoc.command()
@_user
@_passphrase_file
@click.pass_context
def verify(context: click.Context, user: str | None, passphrase_file: Path | None) -> None:
    """Compare the store with its ledger.

    Prints where each stream ends: keep these lines, only against them can a cut end be seen.
    """
    from spoc.storage.verify import keep_verified
    from spoc.storage.verify import verify as read_through

    with closing(_desk(context.obj, user, passphrase_file)) as desk:
        require(desk.actor.role, "store.verify")
        report = read_through(desk.store)
        if report.sound:
            keep_verified(desk.store, report).result()
    for line in report.lines():
        click.echo(line)
    if not report.sound:
        context.exit(FOUND)


@spoc.command()
@_user
@click.option(
    "--code-file", type=_FILE, metavar="FILE", help="Read the code from a file (else ask)."
)
@_passphrase_file
@click.pass_obj
def recover(
    folder: Path, user: str | None, code_file: Path | None, passphrase_file: Path | None
) -> None:
    """Give a user a new passphrase with the recovery code."""
    from spoc.storage.desk import recover as give_back

    code = _first_line(code_file) if code_file else _ask("Recovery code")
    passphrase = _passphrase(passphrase_file, ask="New passphrase", twice=True)
    actor = give_back(folder, code, user, passphrase)
    click.echo(
        f"{visible(actor.name)} has a new passphrase; the former one opens nothing any more."
    )


# -- what the commands share ----------------------------------------------------------------------


def _desk(folder: Path, user: str | None, passphrase_file: Path | None) -> "Desk":
    """The store, opened beside a window that may hold it."""
    from spoc.storage.desk import sign_in

    return sign_in(folder, _passphrase(passphrase_file), user, window=False)


def _passphrase(file: Path | None, ask: str = "Passphrase", twice: bool = False) -> str:
    """From the file, the environment or the keyboard."""
    if file is not None:
        return _first_line(file)
    if (given := os.environ.get("SPOC_PASSPHRASE")) is not None:
        return given
    first = _ask(ask, hidden=True)
    if twice and _ask("Once more", hidden=True) != first:
        raise BadInput("The two passphrases differ; nothing was changed. Start the command again.")
    return first


def _ask(what: str, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        raise BadInput(
            f"{what} is needed and nobody can be asked here; nothing was changed. Give it in a file: see --help."
        )
    return str(click.prompt(what, hide_input=hidden, err=True))


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"The file {file} cannot be read; nothing was changed. Check its name."
        ) from None


def commands(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code: 2 for wrong usage, 3 for a refusal."""
    try:
        return int(spoc.main(args=arguments, prog_name="spoc", standalone_mode=False) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        click.echo("Stopped; nothing was changed.", err=True)
        return 130
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except Refusal as refusal:
        click.echo(visible_lines(str(refusal)), err=True)
        return crash.REFUSED
