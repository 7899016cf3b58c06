"""``spoc sync``, ``spoc join``, ``spoc hub``: one service at several desks."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spoc.cli.open_desk import (
    FILE,
    first_line,
    open_desk,
    passphrase_option,
    read_passphrase,
    recovery_code_option,
    user_option,
)
from spoc.model.errors import BadInput
from spoc.model.ledger.chain import short
from spoc.model.rules.access import ROLES
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.storage.desk import Desk
    from spoc.storage.desks.standing import Other
    from spoc.storage.set_up import Prepared
    from spoc.sync.run import Synced
    from spoc.sync.transport import Transport

PROBLEMS = 1  # the exit code if something went wrong in a sync
_FOLDER = click.Path(file_okay=False, path_type=Path)
_folder = click.option("--folder", "share", type=_FOLDER, metavar="DIR", help="A shared folder.")
_hub = click.option(
    "--hub", metavar="DSN", help="A PostgreSQL hub: postgresql://user@server/database"
)
_form = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.group(invoke_without_command=True)
@_folder
@_hub
@_form
@user_option
@passphrase_option
@click.pass_context
def sync(
    context: click.Context,
    share: Path | None,
    hub: str | None,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Exchange records with the other desks.

    Without --folder or --hub, through the place in the setting "sync". Ends with 0; 1 if something went wrong;
    3 if nothing could be done.
    """
    if context.invoked_subcommand:
        return
    from spoc.storage.secrecy import uncounted
    from spoc.sync.run import sync as run

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        transport = transport_of(share, hub or desk.store.settings.get("sync", ""))
        with closing(transport):
            done = run(desk, transport)
        clocks = _clocks(desk)
        mine = uncounted.note(desk.store, desk.actor).replace(
            "y, then w, shows", "spoc sync uncounted shows"
        )
    _say(replace(done, notes=(*done.notes, *filter(None, [mine]))), clocks, form)
    if done.problems:
        context.exit(PROBLEMS)


def transport_of(share: Path | None, place: str) -> "Transport":
    """The named place of sync. Raises BadInput if none is named, and what opening it raises."""
    if share is not None:
        from spoc.sync.folder import Folder

        return Folder(share)
    if not place:
        raise BadInput(
            "No shared folder or hub is named; nothing was sent or received. Add --folder DIR, or set one once with: "
            "spoc setting set sync DIR"
        )
    from spoc.sync.places import place_of

    return place_of(place)


def _clocks(desk: "Desk") -> list[str]:
    """A sentence for each clock that is wrong, this computer's first."""
    from spoc.storage.desks import clocks
    from spoc.storage.desks.standing import standing

    others = standing(desk.store, desk.actor).others
    own = clocks.note(desk.store)
    return [
        *([own] if own else []),
        *(
            f"The clock of {each.name} is {clocks.words(each.ahead)}. Ask IT to set it; nothing is lost."
            for each in others
            if abs(each.ahead) > clocks.WRONG and not each.shut
        ),
    ]


def _say(done: "Synced", clocks: Sequence[str], form: str) -> None:
    if form == "json":
        fields = {
            "sent": done.sent,
            "received": done.received,
            "conflicts": done.conflicts,
            "problems": list(done.problems),
            "notes": list(done.notes),
            "clocks": list(clocks),
        }
        click.echo(json.dumps(fields))
        return
    click.echo(f"Sent {done.sent:,}, received {done.received:,}, conflicts {done.conflicts:,}.")
    for each in (*done.notes, *done.problems, *clocks):
        click.echo(visible(each))


@sync.command()
@user_option
@passphrase_option
@click.pass_obj
def uncounted(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """Show what you wrote that does not count.

    Another desk had restricted the contact meanwhile. Only you see it again; ask one of those named to add it.
    """
    from spoc.model.rules.clock import shown_instant
    from spoc.model.values.instants import from_text
    from spoc.model.values.plain import visible_lines
    from spoc.model.values.reference import reference
    from spoc.storage.secrecy import uncounted as own

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = own.written_by(desk.store, desk.actor)
    for each in found:
        click.echo(f"Contact {reference(each.record)}, {shown_instant(from_text(each.at))}")
        click.echo(f"Ask {visible(' or '.join(each.ask)) or 'a named professional'} to add it:")
        click.echo(f"{visible_lines(chr(10).join(each.lines))}\n")
    if not found:
        click.echo("Everything you wrote counts.")


why_option = click.option("--why", default="", metavar="TEXT", help="Why, for the record.")


@sync.command()
@click.option("--for", "name", required=True, metavar="NAME", help="Who will use the new desk.")
@click.option("--role", type=click.Choice(list(ROLES)), default="advisor", show_default=True)
@click.option(
    "--out", type=FILE, required=True, metavar="FILE", help="The new file for the invitation."
)
@click.option(
    "--another-person",
    is_flag=True,
    help="The name reads like that of somebody who uses this service, but it is somebody else.",
)
@user_option
@passphrase_option
@click.pass_obj
def invite(
    folder: Path,
    name: str,
    role: str,
    out: Path,
    another_person: bool,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Invite another desk; prints the code for the invitation.

    Give the code by voice or on paper, never with the file. It works once, for a day.
    """
    from spoc.model.errors import LooksAlike
    from spoc.sync.joining.inviting import invite as write

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        try:
            code = write(desk, name, role, out, sure=another_person)
        except LooksAlike as alike:
            raise LooksAlike(f"{alike} Then add --another-person.") from None
    click.echo(
        f"The invitation is in {visible(str(out))}. Give its code by voice or on paper: {code}"
    )


@sync.command("ask-again")
@click.argument("invitation", type=FILE, metavar="FILE")
@click.option("--code", required=True, metavar="CODE", help="The code of the new invitation.")
@user_option
@passphrase_option
@click.pass_obj
def ask_again(
    folder: Path, invitation: Path, code: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Ask to be let in with a new invitation.

    For a desk that was not let in within a day. It keeps what was written there.
    """
    from spoc.sync.joining import joining

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        joining.ask_again(desk, invitation, code)
    click.echo(
        "This desk goes by the new invitation. To get the service's records: sync here, then at the desk that invited "
        "it, then here again."
    )


@sync.command()
@click.argument("name", metavar="DESK")
@why_option
@recovery_code_option
@user_option
@passphrase_option
@click.pass_obj
def revoke(
    folder: Path,
    name: str,
    why: str,
    code_file: Path | None,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Shut out the desk of somebody who left, or a lost computer.

    It takes effect once a second person does the same. DESK is its name; if several desks have it, its fingerprint.
    The next sync changes the key of the service. The desk keeps what it already has.
    """
    from spoc.storage.desks import shut_out
    from spoc.storage.desks.standing import standing
    from spoc.storage.service.second import seed_of_code

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        others = standing(desk.store, desk.actor).others
        found = [each for each in others if name in (each.name, each.fingerprint)]
        if len(found) != 1:
            known = ", ".join(f"{each.name} ({each.fingerprint})" for each in others) or "none"
            raise BadInput(
                f"{'Several desks have' if found else 'No desk has'} that name; nothing was changed. Name one by its "
                f"fingerprint: {known}."
            )
        code = seed_of_code(desk, first_line(code_file)) if code_file else b""
        shut_out.ask(desk.store, desk.actor, found[0].id, why, code=code).result()
        (now,) = (
            each for each in standing(desk.store, desk.actor).others if each.id == found[0].id
        )
    click.echo(visible(f"{now.name}: {shut_words(now)}"))


@sync.command("both-count")
@click.argument("stream", default="", metavar="[STREAM]")
@why_option
@recovery_code_option
@user_option
@passphrase_option
@click.pass_obj
def both_count(
    folder: Path,
    stream: str,
    why: str,
    code_file: Path | None,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Let both versions count, after a copied store wrote on.

    Until then the stream is stopped. It takes two people. STREAM is the end of its name, as a sync prints it; it is
    needed if several are stopped.
    """
    from spoc.storage.desks import both_ways
    from spoc.storage.service.second import seed_of_code

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        every = both_ways.waiting(desk.store.reader)
        found = [each for each in every if each.stream.endswith(stream.strip("…"))]
        if len(found) != 1:
            names = ", ".join(short(each.stream) for each in every)
            raise BadInput(
                f"{f'Name one of these streams: {names}' if every else 'No stream is stopped'}; nothing was changed."
            )
        code = seed_of_code(desk, first_line(code_file)) if code_file else b""
        both_ways.let_count(desk.store, desk.actor, found[0].stream, why, code=code).result()
        left = [each.stream for each in both_ways.waiting(desk.store.reader)]
    if found[0].stream in left:
        click.echo(
            "A second person has to agree, with the same command or on the sync page; the recovery code (--code-file) replaces one."
        )
    else:
        click.echo(
            "Both ways count, and what waited is in. Sync now, so that the other desks hear of it."
        )


def shut_words(desk: "Other") -> str:
    """What has become of a desk that somebody asked to shut out."""
    by = " and ".join(desk.asked)
    if desk.shut:
        return f"shut out by {by}; what it writes from now on counts nowhere. Sync now: that changes the key."
    return f"{by} asked to shut it out. A second person must agree, with the same command or on the sync page; the recovery code (--code-file) replaces one."


@click.command()
@click.argument("invitation", type=FILE, metavar="FILE")
@click.option("--code", required=True, metavar="CODE", help="The code of the invitation.")
@click.option("--desk", required=True, metavar="NAME", help="The name of this desk.")
@passphrase_option
@click.pass_obj
def join(
    folder: Path, invitation: Path, code: str, desk: str, passphrase_file: Path | None
) -> None:
    """Set up this desk from an invitation.

    Prints this desk's own recovery code, once.
    """
    from spoc.sync.joining import joining

    passphrase = read_passphrase(passphrase_file, "New passphrase", twice=True)
    recovery = _made(joining.prepare(folder, invitation, code, desk, passphrase))
    click.echo(f"Store          {visible(str(folder))}")
    click.echo(f"Recovery code  {recovery}")
    click.echo(
        "Write the code on paper and keep it away from this computer. It is never shown again. This desk can take "
        "calls now. To get the service's records: sync here, then at the desk that invited it, then here again."
    )


@click.command()
@_folder
@_hub
@click.option("--name", required=True, metavar="NAME", help="Your name, as you signed in with it.")
@passphrase_option
@click.pass_obj
def rejoin(
    folder: Path, share: Path | None, hub: str | None, name: str, passphrase_file: Path | None
) -> None:
    """Come back on a computer that keeps nothing.

    Needs only your name and passphrase, and then syncs. The service must allow it: spoc setting set rejoin yes.
    """
    from spoc.sync.joining import coming_back
    from spoc.sync.run import sync as run

    passphrase = read_passphrase(passphrase_file)
    with closing(transport_of(share, hub or "")) as transport:
        recovery = _made(coming_back.prepare(folder, transport, name, passphrase))
        click.echo(f"Store          {visible(str(folder))}")
        click.echo(f"Recovery code  {recovery}")
        from spoc.storage.desk import sign_in
        from spoc.storage.service import settings
        from spoc.sync.places import usable

        with closing(sign_in(folder, passphrase, name, window=False)) as desk:
            done = run(desk, transport)
            settings.recorded(
                desk.store, desk.actor, "sync", usable(hub or str(share), folder)
            ).result()
            clocks = _clocks(desk)
    _say(done, clocks, "text")


def _made(prepared: "Prepared") -> str:
    """Puts a new store in its place; returns its recovery code."""
    try:
        prepared.commit()
    finally:
        prepared.discard()
    return prepared.code


@click.group()
def hub() -> None:
    """A PostgreSQL server that the desks sync through."""


@hub.command("init")
@click.argument("dsn", metavar="DSN")
def init_hub(dsn: str) -> None:
    """Make the hub's table and roles, as the database's owner."""
    from spoc.sync.hub import prepare

    for line in prepare(dsn):
        click.echo(visible(line))
