"""``spoc contact``: adding contacts from other programs, and listing, showing and exporting them."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import json_option, open_desk, passphrase_option, record, user_option
from spoc.cli.records.contact_erase import erase
from spoc.cli.records.contact_find import find
from spoc.cli.records.restricted import open_to
from spoc.model.errors import BadInput, Refusal
from spoc.model.ledger import bounds
from spoc.model.rules.access import require
from spoc.model.values import jsontext
from spoc.model.values.dates import counted as many
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.storage.contacts.contact_add import Added
    from spoc.storage.contacts.reading.listing import ContactFilter
    from spoc.storage.desk import Desk

# After each contact the store is left alone for as long as it took to write it (at most this many seconds): a
# draft in an open window tries only now and then, and must find the store free within moments.
_LONGEST_REST = 0.05
SOME_REFUSED = 1  # the exit code if some were refused and the others added
_STOPPED = 130


@click.group()
def contact() -> None:
    """Contacts: add, list, find, show, read back, open, erase."""


contact.add_command(open_to)
contact.add_command(find)
contact.add_command(erase)


# -- add -------------------------------------------------------------------------------------------


@contact.command()
@json_option("contacts")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_context
def add(
    context: click.Context, source: str, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Add contacts from JSON: one object, or a list.

    \b
    {"ref": "mail-17", "received_at": "2026-11-20T09:14", "channel": "EMAIL-IN",
     "caller": {"name": "…", "service": "ED", "role": "nurse", "phone": "…",
                "verified": "nhs-net"},
     "children": [{"name": "…", "dob": "2019-03-12", "nhs_number": "…"}],
     "category": "physical", "issues": ["burn"],
     "actions": [{"code": "advice-only", "by": "…", "due": "24h"}],
     "outcome": "advice-accepted", "notes": "…"}

    Every other field of the form goes by its key (where_now, hours, record_system …). A child without
    a "dob" may have an "age" (4/12, 15y) and "age_on", the day it was given. An unborn baby has
    an "edd" instead of a "dob", and may have a "mother". Write codes as codes or as their
    abbreviations. A time without an offset is London time; without "received_at" it is now.

    A contact whose "ref" is already there adds nothing. An incomplete contact is kept as an open
    contact, and so is one with "open": true. A contact that cannot be understood is refused, with the
    reason; the others are added. A child is taken as known if NHS number and date of birth both agree,
    a caller if name and service agree.

    Ends with 0; 1 if some were refused; 2 if the file cannot be read; 3 if the store refuses.
    """
    values = values_in(source, " Nothing was added.")
    counted: Counter[str] = Counter()
    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        require(desk.actor.role, "contact.log")
        stopped = False
        try:
            _add_all(desk, values, form, counted)
        except KeyboardInterrupt:
            context.exit(_STOPPED)
        except Refusal:
            stopped = True
            raise
        finally:
            words = ", ".join(f"{counted[each]} {each}" for each in _RESULTS if counted[each])
            ended = f"{many(counted.total(), 'contact')}: {words or 'nothing to add'}."
            if stopped:
                ended = f"Stopped after {ended}" if words else "Stopped: no contact was added."
                ended += " The rest were not added: remove the cause, then add the same file again."
            click.echo(ended, err=True)
    if counted["refused"]:
        context.exit(SOME_REFUSED)


_RESULTS = ("added", "open", "already there", "refused")


def values_in(source: str, safe: str = "") -> Iterator[Any]:
    """The JSON values in a file, or in the standard input; ``safe`` ends the refusal if there are none."""
    try:
        return jsontext.objects(_text(source, safe))
    except jsontext.BadJson as bad:
        raise click.UsageError(
            f"{visible(source)}, line {bad.line}, column {bad.column}: {bad.why}.{safe}"
        ) from None


def _text(source: str, safe: str) -> str:
    """The text of a file, or of the standard input."""
    try:
        with nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as file:
            data = file.read(bounds.FILE + 1)
        if not (why := bounds.too_large(len(data))):
            return data.decode("utf-8-sig")
    except OSError as error:
        why = (error.strerror or "it cannot be opened").lower()
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    raise click.UsageError(f"{visible(source)} cannot be read: {why}.{safe}")


def _add_all(desk: "Desk", values: Iterator[Any], form: str, counted: Counter[str]) -> None:
    from spoc.model.documents import contact_from_json
    from spoc.storage.contacts import contact_add

    number = 0
    for number, value in enumerate(values, 1):
        parsed = contact_from_json.read(value, contact_add.rules(desk.store))
        if isinstance(parsed, list):
            counted["refused"] += 1
            ref = value.get("ref") if isinstance(value, dict) else None
            _say_refused(ref if isinstance(ref, str) else "", number, parsed, form)
        else:
            began = monotonic()
            try:
                done = contact_add.add(desk.store, desk.actor, parsed).result()
            except BadInput as refused:
                counted["refused"] += 1
                _say_refused(parsed.ref, number, [str(refused)], form)
                continue
            sleep(min(monotonic() - began, _LONGEST_REST))
            counted[done.result] += 1
            _say_added(done, number, form)
    if form == "json":
        click.echo("]" if number else "[]")


def _say_added(done: "Added", number: int, form: str) -> None:
    lacks = [each.sentence for each in done.lacks] if done.result == "open" else []
    if form == "json":
        fields = {
            "ref": done.ref,
            "id": done.id,
            "result": done.result,
            "lacks": lacks,
            "notes": [*done.notes, *done.for_tests],
            "attached": done.attached,
        }
        if done.opened_to:
            fields["opened_to"] = done.opened_to
        _say_json(fields, number)
        return
    result = f"{done.result}: {' '.join(lacks)}" if lacks else done.result
    opened = (f"restricted, opened to {', '.join(done.opened_to)}",) if done.opened_to else ()
    notes = "".join(
        f" ({each})" for each in (*opened, *done.attached, *done.notes, *done.for_tests)
    )
    _say_line(done.ref or f"contact {number}", done.id, result + notes)


def _say_refused(ref: str, number: int, reasons: list[str], form: str) -> None:
    if form == "json":
        _say_json({"ref": ref, "number": number, "result": "refused", "reasons": reasons}, number)
    else:
        _say_line(ref or f"contact {number}", "-", f"refused: {' '.join(reasons)}")


def _say_line(*cells: str) -> None:
    click.echo("\t".join(visible(each) for each in cells))


def _say_json(fields: dict[str, Any], number: int) -> None:
    click.echo(("[" if number == 1 else ",") + json.dumps(fields))


# -- list ------------------------------------------------------------------------------------------


@contact.command("list")
@click.option("--since", metavar="DAY", help="From this day on: t-7, mon, 12 mar, 2026-03-12.")
@click.option("--until", metavar="DAY", help="Up to and including this day.")
@click.option("--service", metavar="CODE", help="The caller's service.")
@click.option("--issue", metavar="CODE", help="One of the issues.")
@click.option("--outcome", metavar="CODE", help="The latest outcome.")
@click.option("--category", metavar="CODE", help="The category.")
@click.option("--advisor", metavar="NAME", help="Who logged them.")
@click.option("--open", "still_open", is_flag=True, help="Only open contacts.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest N.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
)
@user_option
@passphrase_option
@click.pass_context
def list_contacts(
    context: click.Context,
    /,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
    **asked: Any,
) -> None:
    """List contacts, newest first.

    json is one array with the keys that "contact add" takes. csv is for spreadsheets: a cell that a
    spreadsheet would read as a formula gets an apostrophe in front, and control characters are shown
    as pictures.

    A list with names or numbers leaves an entry in the audit trail. An analyst gets only times and
    codes.
    """
    from spoc.cli import output
    from spoc.storage.contacts.reading import listing

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        wanted = _wanted(desk, asked)
        many = listing.count(desk.store, desk.actor, wanted)
        filters = " ".join(f"{key}={value}" for key, value in asked.items() if value)
        _record_export(desk, f"{form}, {many} contacts, {filters or 'all'}")
        rows = listing.stream(desk.store, desk.actor, wanted)
        output.write(rows, form, desk.store.form, desk.actor.role, desk.store.pack)
        if not many:
            click.echo("No contacts match.", err=True)


def _wanted(desk: "Desk", asked: dict[str, Any]) -> "ContactFilter":
    """The filter from the options, each checked. Raises BadInput."""
    from spoc.model.documents import given_values
    from spoc.model.errors import BadInput
    from spoc.model.hearing.code_match import ways
    from spoc.model.rules.clock import to_local
    from spoc.storage.contacts.reading import listing

    require(desk.actor.role, "contact.list")
    today = to_local(desk.store.now()).date()
    since = given_values.day(asked["since"], today, past=True) if asked["since"] else None
    until = given_values.day(asked["until"], today, past=True) if asked["until"] else None
    if since and until and until < since:
        raise BadInput("--until is before --since; nothing was listed.")
    codes = {}
    for name in ("service", "issue", "outcome", "category"):
        if asked[name]:
            every = desk.store.pack.lists.get(name, ())
            try:
                by = ways(desk.store.pack, name)
                codes[name] = given_values.code_of(asked[name], every, every, by).code
            except BadInput as refused:
                raise BadInput(f"--{name}: {refused}") from None
    return listing.ContactFilter(
        since=listing.start_of(since) if since else "",
        until=listing.end_of(until) if until else "",
        advisor=_advisor(desk, asked["advisor"]) if asked["advisor"] else b"",
        open=asked["still_open"],
        limit=asked["limit"] or 0,
        **codes,
    )


def _advisor(desk: "Desk", name: str) -> bytes:
    from difflib import get_close_matches

    from spoc.model.errors import BadInput
    from spoc.model.values.dates import quoted
    from spoc.storage.service import users

    known = {each.name.casefold(): each for each in users.all(desk.store, desk.actor)}
    wanted = " ".join(name.casefold().split())
    if wanted in known:
        return known[wanted].id
    near = [known[each].name for each in get_close_matches(wanted, known, 3, 0.5)]
    raise BadInput(
        f"--advisor: nobody is called {quoted(name)}"
        + (f"; near it: {', '.join(near)}." if near else "; see: spoc user list")
    )


def _record_export(desk: "Desk", detail: str) -> None:
    """Leaves an audit entry before the first row is written; a list without identifiers needs none."""
    from spoc.model.rules.access import sight_of as sight

    if sight(desk.actor.role).identifiers:
        record(desk, "export", detail=detail)


# -- show ------------------------------------------------------------------------------------------


@contact.command()
@click.argument("contact_id", metavar="ID")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@user_option
@passphrase_option
@click.pass_context
def show(
    context: click.Context,
    contact_id: str,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Show one contact with its history; recorded.

    ID is the reference that "contact list" prints, an id, or the first 4 or more digits of an id.
    """
    from spoc.cli import output
    from spoc.storage.contacts.reading import listing
    from spoc.storage.persons import deaths

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        found = listing.find(desk.store, desk.actor, contact_id)
        fields = listing.page_of(desk.store, desk.actor, found)
        record(desk, "view", subject=found)
        if form == "json":
            output.write_json(iter([fields]), array=False)
        else:
            for died in deaths.of_contacts(desk.store.reader, [found]).values():
                click.echo(f"{'The child':>14}  {died}")
            for line in output.page_lines(fields, desk.store.form, desk.store.pack):
                click.echo(line)


# -- read-back -------------------------------------------------------------------------------------


@contact.command("read-back")
@click.argument("contact_id", metavar="ID")
@click.option(
    "--version",
    type=click.Choice(["professional", "safe", "safer", "script", "promises"]),
    default="professional",
    show_default=True,
    help="Which text; see above.",
)
@user_option
@passphrase_option
@click.pass_context
def read_back(
    context: click.Context,
    contact_id: str,
    version: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Print a contact for both sides to record; this is recorded.

    \b
    professional  for the caller's record and ours
    safe          for a record that parents could open: only codes they may read
    safer         a written referral in the order of SAFER; not the safe version
    script        to read aloud to social care or the emergency duty team
    promises      what the caller said they would do, for their nhs.net mail

    ID is as for "contact show".
    """
    from spoc.model.documents.readback.readback import VERSIONS, text_of
    from spoc.storage.contacts import readback
    from spoc.storage.contacts.reading import listing

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        found = listing.find(desk.store, desk.actor, contact_id)
        text = text_of(readback.of_contact(desk, found), version)
        name = VERSIONS[version]
        readback.given(desk, found)
        record(desk, "export", subject=found, detail=f"read-back, {version}")
        click.echo(f"{name.title}, {name.for_whom}.", err=True)
        click.echo(text, nl=False)
