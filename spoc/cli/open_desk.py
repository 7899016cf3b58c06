"""What the commands share: the user, the passphrase, and the open desk."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spoc.model.errors import BadInput, NotAllowed, NotAStore
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.storage.desk import Desk

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)
passphrase_option = click.option(
    "--passphrase-file",
    type=FILE,
    metavar="FILE",
    help="Read the passphrase from the first line of a file (else SPOC_PASSPHRASE, else ask).",
)
user_option = click.option(
    "--user", metavar="NAME", help="Your name, if the store has several users."
)
recovery_code_option = click.option(
    "--code-file",
    type=FILE,
    metavar="FILE",
    help="A file with the recovery code, which replaces a second person.",
)


def json_option(what: str) -> Callable[[F], F]:
    """The option ``--json FILE``, for a file with ``what``."""
    words = f"The file with the {what}; - is standard input."
    return click.option("--json", "source", required=True, metavar="FILE", help=words)


def open_desk(folder: Path, user: str | None, passphrase_file: Path | None) -> "Desk":
    """The open desk, even if a window has the store open."""
    from spoc.storage.desk import sign_in
    from spoc.storage.extract.opening import as_of
    from spoc.storage.secrecy.comparing import differences

    require_name(folder, user)
    desk = sign_in(folder, read_passphrase(passphrase_file), user, window=False)
    refuse_another_ones(desk)
    differ = differences(desk.store.reader, desk.folder)
    for text in (as_of(desk.store), *desk.alarms, desk.store.pack_note, *differ):
        if text:
            click.echo(visible(text), err=True)
    return desk


def require_name(folder: Path, user: str | None) -> None:
    """Raises BadInput, before asking for a passphrase, if nobody is named and the store has several users."""
    from spoc.storage.secrecy import keys

    with suppress(NotAStore):  # signing in will say more about it
        if user is None and keys.user_count(folder) > 1:
            raise BadInput('Several people use this store. Say who you are: --user "Your Name"')


def refuse_another_ones(desk: "Desk") -> None:
    """Closes the desk and raises NotAllowed if somebody else chose the passphrase."""
    from spoc.storage.service import passphrases

    if passphrases.is_another_ones(desk):
        desk.close()
        raise NotAllowed(passphrases.CHOOSE)


def read_passphrase(
    file: Path | None,
    what: str = "Passphrase",
    twice: bool = False,
    variable: str = "SPOC_PASSPHRASE",
) -> str:
    """The passphrase from the file, the environment or the keyboard."""
    if file is not None:
        return first_line(file)
    if (text := taken(variable)) is not None:
        return text
    first = ask(what, hidden=True)
    if twice and ask("Once more", hidden=True) != first:
        raise BadInput("The two passphrases differ; nothing was changed. Start the command again.")
    return first


def taken(variable: str) -> str | None:
    """The value of an environment variable, which is also removed, so that programs started from here do not
    inherit it."""
    return os.environ.pop(variable, None)


def ask(what: str, hidden: bool = False) -> str:
    """Asks somebody to type it. Raises BadInput without a terminal."""
    if not sys.stdin.isatty():
        raise BadInput(
            f"{what} is needed, and there is nobody here to ask; nothing was changed. Give it in a file: see --help."
        )
    return str(click.prompt(what, hide_input=hidden, err=True))


def first_line(file: Path) -> str:
    """The first line of a text file."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"The file {file} cannot be read; nothing was changed. Check its name."
        ) from None


def record(desk: "Desk", kind: str, **details: Any) -> None:
    """Leaves an audit entry. An export that cannot be recorded is refused; if the disk is full somebody can
    still read one contact, with a warning."""
    from spoc.model.errors import Refusal
    from spoc.storage.ledger import audit

    try:
        audit.record(desk.store, desk.actor, kind, purpose="command", **details).result()
    except Refusal as refusal:
        if kind == "export":
            raise Refusal(f"Nothing was shown, as it could not be recorded. {refusal}") from None
        click.echo(f"This could not be recorded in the audit trail. {refusal}", err=True)
