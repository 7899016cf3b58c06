"""The commands. Each imports what it needs when it runs; an error is one sentence and an exit code."""

from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from spoc import __version__
from spoc.cli.open_desk import (
    FILE,
    ask,
    first_line,
    open_desk,
    passphrase_option,
    read_passphrase,
    user_option,
)
from spoc.model.documents import crash
from spoc.model.errors import Refusal
from spoc.model.rules.access import ROLES, require
from spoc.model.values.plain import visible, visible_lines

FOUND = 1  # the exit code of "verify" if something is wrong

_FOLDER = click.Path(file_okay=False, path_type=Path)
# Groups whose module is loaded when one of their commands is used.
_LATER = {
    "attendance": "spoc.cli.records.attendance",
    "contact": "spoc.cli.records.contact",
    "demo": "spoc.cli.computer.demo",
    "doctor": "spoc.cli.computer.doctor",
    "due": "spoc.cli.records.due",
    "extract": "spoc.cli.service.extract",
    "followup": "spoc.cli.records.followup",
    "import": "spoc.cli.records.intake",
    "pack": "spoc.cli.service.guidance",
    "person": "spoc.cli.records.person",
    "prompt": "spoc.cli.service.guidance",
    "report": "spoc.cli.reports.report",
    "hub": "spoc.cli.service.sync",
    "join": "spoc.cli.service.sync",
    "rejoin": "spoc.cli.service.sync",
    "request": "spoc.cli.records.request",
    "setting": "spoc.cli.service.setting",
    "sync": "spoc.cli.service.sync",
    "spc": "spoc.cli.reports.spc",
    "user": "spoc.cli.service.user",
}


class _Commands(click.Group):
    """The commands here, and the groups that have a module of their own."""

    def invoke(self, context: click.Context) -> Any:
        """Runs a command; an error that only a damaged store explains becomes a refusal."""
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit, Refusal):
            raise
        except Exception as error:
            from spoc.storage.failures import explained
            from spoc.storage.store import DB_NAME

            raise explained(context.obj / DB_NAME, error) if context.obj else error from error

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *_LATER])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _LATER:
            return super().get_command(context, name)
        module = vars(import_module(_LATER[name]))
        found: click.Command = module["bring_in" if name == "import" else name]
        return found


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--store",
    type=_FOLDER,
    metavar="DIR",
    help="The store's folder (else SPOC_STORE, else your local data folder).",
)
@click.version_option(__version__, prog_name="spoc", message="%(prog)s %(version)s")
@click.pass_context
def spoc(context: click.Context, store: Path | None) -> None:
    """The safeguarding duty desk of an NHS children's service.

    Without a command it opens the desk.
    """
    from spoc.storage.store_folder import default_folder

    context.obj = (store or default_folder()).expanduser().absolute()
    if context.invoked_subcommand is None:
        from spoc.app import run

        context.exit(run(context.obj))


@spoc.command()
@click.option("--service", required=True, metavar="NAME", help="The name of the service.")
@click.option("--desk", required=True, metavar="NAME", help="The name of this desk.")
@click.option("--name", required=True, metavar="NAME", help="The first user.")
@click.option(
    "--role",
    type=click.Choice(list(ROLES)),
    default="advisor",
    show_default=True,
    help="The first user's role.",
)
@click.option(
    "--pack", default="generic", show_default=True, metavar="PACK", help="The guidance pack."
)
@passphrase_option
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
    """Set up a store without questions; prints its recovery code."""
    from spoc.storage.set_up import prepare
    from spoc.storage.store_folder import check

    passphrase = read_passphrase(passphrase_file, "New passphrase", twice=True)
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
        "Write the code on paper and keep it away from this computer. It is never shown again."
    )


@spoc.command()
@click.argument("target", type=_FOLDER, metavar="DIR")
@click.option("--daily", is_flag=True, help="Make the daily copies there too, from now on.")
@user_option
@passphrase_option
@click.pass_obj
def backup(
    folder: Path, target: Path, daily: bool, user: str | None, passphrase_file: Path | None
) -> None:
    """Copy the store into a new folder within DIR."""
    from spoc.model.ledger.chain import head_lines
    from spoc.storage.service import settings
    from spoc.storage.upkeep import daily as copies
    from spoc.storage.upkeep.verify import last_verified
    from spoc.storage.upkeep.verify import verify as read_through

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "store.backup")
        made = copies.back_up(desk, target.absolute(), datetime.now(UTC))
        click.echo(f"Backup         {visible(str(made.path))}  ({made.size / 1e6:.1f} MB)")
        if daily:
            settings.change(
                desk.store, desk.actor, "backup_folder", str(target.absolute())
            ).result()
            copies.say_where(desk.folder, target.absolute())
        if desk.store.is_extract:
            click.echo(copies.UNREAD.strip())
        else:
            read = read_through(desk.store, last_verified(desk.store))
            for line in (*read.words(), *head_lines(made.heads, read.own)):
                click.echo(line)
    if made.same_disk:
        click.echo(
            "This backup is on the same disk as the store and would be lost with it; keep another elsewhere.",
            err=True,
        )


@spoc.command()
@click.argument("source", type=_FOLDER, metavar="BACKUP")
@click.pass_obj
def restore(folder: Path, source: Path) -> None:
    """Restore a backup into a folder without a store."""
    from spoc.storage.set_up import restore as put_back

    put_back(source.absolute(), folder)
    click.echo(
        f"Restored into {visible(str(folder))}. It opens with the passphrases from the day of the backup."
    )


@spoc.command()
@click.option(
    "--against",
    metavar="PLACE",
    help="Compare the records with a shared folder, a hub or one backup.",
)
@click.option(
    "--mend", is_flag=True, help="Make what the screens show again, if only that is wrong."
)
@user_option
@passphrase_option
@click.pass_context
def verify(
    context: click.Context,
    against: str | None,
    mend: bool,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Read everything again and compare it with the ledger.

    Prints where each stream ends. Keep these lines elsewhere: only they show that an end was cut off.
    With --against, says whether both hold the same records, and what differs. With --mend, what the screens
    show is made again from the ledger, if the ledger itself is whole; the ledger is not changed.
    """
    if mend and against:
        raise click.UsageError("--mend and --against exclude each other. Nothing was changed.")
    from spoc.storage.upkeep.verify import keep_verified, rebuild
    from spoc.storage.upkeep.verify import verify as read_through

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        require(desk.actor.role, "store.verify")
        if against:
            from spoc.sync.places import compared

            with_it = compared(desk, against)
            for line in with_it.lines():
                click.echo(visible(line))
            context.exit(0 if with_it.same else FOUND)
        report = read_through(desk.store)
        if mend and report.mendable and not report.sound:
            for line in report.findings:
                click.echo(visible(line))
            desk.store.submit(lambda db: rebuild(db, desk.store.book), bulk=True).result()
            click.echo("What the screens show was made again from the ledger. Read once more:")
            report = read_through(desk.store)
        for line in report.lines():
            click.echo(line)
        if not report.sound:
            context.exit(FOUND)
        try:
            keep_verified(desk.store, report).result()
        except Refusal as refusal:
            click.echo(f"The result could not be recorded. {refusal}", err=True)


@spoc.command()
@click.option("--user", metavar="NAME", help="Whose passphrase, if the store has several users.")
@click.option(
    "--code-file", type=FILE, metavar="FILE", help="Read the code from a file (else ask)."
)
@passphrase_option
@click.pass_obj
def recover(
    folder: Path, user: str | None, code_file: Path | None, passphrase_file: Path | None
) -> None:
    """Give a user a new passphrase with the recovery code."""
    from spoc.storage.set_up import recover as give_back

    code = first_line(code_file) if code_file else ask("Recovery code", hidden=True)
    passphrase = read_passphrase(passphrase_file, "New passphrase", twice=True)
    actor = give_back(folder, code, user, passphrase)
    click.echo(f"{visible(actor.name)} has a new passphrase.")


def commands(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 2 for wrong usage, 3 for a refusal."""
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
