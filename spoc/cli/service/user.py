"""``spoc user``: the users of the service."""

from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import (
    FILE,
    first_line,
    open_desk,
    passphrase_option,
    read_passphrase,
    recovery_code_option,
    refuse_another_ones,
    require_name,
    user_option,
)
from spoc.model.errors import Refusal
from spoc.model.rules.access import ROLES, require
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import shown_day
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible

_new_passphrase = click.option(
    "--new-passphrase-file",
    type=FILE,
    metavar="FILE",
    help="Read the new passphrase from the first line of a file (else SPOC_NEW_PASSPHRASE, else ask twice).",
)


@click.group()
def user() -> None:
    """Users: add, remove, list, change role or passphrase."""


@user.command()
@click.option("--name", required=True, metavar="NAME", help="The new user's name.")
@click.option(
    "--role",
    type=click.Choice(list(ROLES)),
    default="advisor",
    show_default=True,
    help="The new user's role.",
)
@click.option(
    "--another-person",
    is_flag=True,
    help="Confirm that a name like another user's is somebody else.",
)
@recovery_code_option
@_new_passphrase
@user_option
@passphrase_option
@click.pass_obj
def add(
    folder: Path,
    name: str,
    role: str,
    another_person: bool,
    code_file: Path | None,
    new_passphrase_file: Path | None,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Add a user; recorded.

    Advisors may add advisors and reviewers; administrators analysts and administrators; named
    professionals anybody.
    """
    from spoc.model.errors import LooksAlike
    from spoc.storage.service import users

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "user.add")
        code = first_line(code_file) if code_file else ""
        passphrase = _new(new_passphrase_file)
        try:
            added = users.add(desk, name, role, passphrase, code=code, sure=another_person)
        except LooksAlike as alike:
            raise LooksAlike(f"{alike} Then add --another-person.") from None
    click.echo(f"{visible(added.name)} can sign in now, as {ROLES[added.role].lower()}.")


@user.command("role")
@click.argument("name", metavar="NAME")
@click.argument("role", type=click.Choice(list(ROLES)))
@recovery_code_option
@user_option
@passphrase_option
@click.pass_obj
def give_role(
    folder: Path,
    name: str,
    role: str,
    code_file: Path | None,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Give a user another role, from their next sign-in; recorded.

    Only a named professional can make another one; if there is none, the recovery code does it.
    """
    from spoc.storage.service import roles, users

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "user.role")
        whom = users.by_name(desk.store, desk.actor, name).id
        code = first_line(code_file) if code_file else ""
        changed = roles.change(desk, whom, role, code=code)
    click.echo(f"{visible(changed.name)} is {ROLES[changed.role].lower()} from their next sign-in.")


@user.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--losing-restricted",
    "losing",
    is_flag=True,
    help="Even if restricted contacts are lost with them; for a named professional, with --code-file or --second.",
)
@click.option(
    "--second", metavar="NAME", help="A second named professional, who agrees to losing them."
)
@click.option(
    "--second-passphrase-file",
    type=FILE,
    metavar="FILE",
    help="A file with the second person's passphrase (else ask).",
)
@recovery_code_option
@user_option
@passphrase_option
@click.pass_obj
def remove(
    folder: Path,
    name: str,
    losing: bool,
    second: str | None,
    second_passphrase_file: Path | None,
    code_file: Path | None,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Remove a user; recorded.

    Their parked calls become open contacts, and the store gets a new key and a new recovery code: it is printed
    once, on the last line, and the old one opens nothing. Close spoc's window first, or remove the user there.
    """
    from spoc.storage.desk import sign_in
    from spoc.storage.secrecy import keys, paper_codes
    from spoc.storage.secrecy.rekeying import key_in_force
    from spoc.storage.service import users
    from spoc.storage.service.second import Beside
    from spoc.storage.window import hold

    require_name(folder, user)
    passphrase = read_passphrase(passphrase_file)
    with hold(folder):
        with closing(sign_in(folder, passphrase, user, window=False)) as desk:
            refuse_another_ones(desk)
            leaver = users.by_name(desk.store, desk.actor, name).id
            beside = Beside(first_line(code_file) if code_file else "")
            if second:
                asked = read_passphrase(
                    second_passphrase_file,
                    f"Passphrase of {second}",
                    variable="SPOC_SECOND_PASSPHRASE",
                )
                beside = Beside(name=second, passphrase=asked)
            code = paper_codes.new_code()
            gone = users.remove(desk, leaver, code, losing=losing, beside=beside)
            actor, extract = desk.actor, desk.store.is_extract
        if extract:
            click.echo(f"{visible(gone)} cannot sign in any more. {users.KEY_LATER}")
            return
        # The code is printed at once, because it is valid even if something fails from here on.
        click.echo(f"{visible(gone)} cannot sign in any more. {users.AFTER}")
        click.echo(users.NEW_CODE)
        click.echo(code)
        try:
            key_in_force(folder, keys.unlock(folder, passphrase, actor.name), alone=True)
        except Refusal as refusal:
            click.echo(
                "The store keeps its old key until its window is opened again: changing it did not work "
                f"now. {refusal}",
                err=True,
            )


@user.command("list")
@user_option
@passphrase_option
@click.pass_obj
def list_users(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """List the users: name, role, since when."""
    from spoc.cli.output import aligned
    from spoc.storage.service import users

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        rows = [
            (each.name, each.role, shown_day(to_local(from_text(each.since)).date()))
            for each in users.all(desk.store, desk.actor)
        ]
        for line in aligned(rows):
            click.echo(line)
        left = users.unfinished(desk)
    if left:
        click.echo(
            f"Adding a user was interrupted ({left} left over in the key file). Nobody can sign in with it, and it "
            "goes when the next user is added.",
            err=True,
        )


@user.command()
@_new_passphrase
@user_option
@passphrase_option
@click.pass_obj
def passphrase(
    folder: Path, new_passphrase_file: Path | None, user: str | None, passphrase_file: Path | None
) -> None:
    """Change your own passphrase.

    This also makes you a new key. A user whose first passphrase somebody else chose must do this before any other
    command.
    """
    from spoc.storage.desk import sign_in
    from spoc.storage.service import passphrases

    require_name(folder, user)
    former = read_passphrase(passphrase_file)
    with closing(sign_in(folder, former, user, window=False)) as desk:
        passphrases.change(desk, former, _new(new_passphrase_file))
        name = desk.actor.name
    click.echo(f"{visible(name)} has a new passphrase.")


def _new(file: Path | None) -> str:
    return read_passphrase(file, "New passphrase", twice=True, variable="SPOC_NEW_PASSPHRASE")
