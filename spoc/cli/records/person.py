"""``spoc person``: the people whom the desk knows."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import json_option, open_desk, passphrase_option, record, user_option
from spoc.cli.records.contact import values_in
from spoc.model.values import jsontext
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.model.persons.match import Described, Match
    from spoc.storage.desk import Desk
    from spoc.storage.persons.links import PersonLink


@click.group()
def person() -> None:
    """Children: list, show, match, link, find duplicates."""


@person.command()
@json_option("people to look up")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@user_option
@passphrase_option
@click.pass_obj
def match(
    folder: Path, source: str, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Find who may be meant, with reasons for and against.

    \b
    [{"name": "Ty Brook", "dob": "2026-07-19", "nhs_number": "999 012 3456",
      "address": "…", "phone": "…"},
     {"name": "Brook, Tyler", "age": "4 months", "age_on": "2026-11-26"}]

    Nothing is changed. A number with a wrong digit is compared as it is; what is missing counts neither for
    nor against. json gives a list for each, best first: id, name, dob, nhs_number, for, against.
    """
    from spoc.model.rules.access import require
    from spoc.model.rules.clock import to_local
    from spoc.storage.ledger import audit
    from spoc.storage.persons import matching

    values = list(values_in(source, " Nothing was looked up."))
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "person.search")
        asked = list(_described(values, to_local(desk.store.now()).date()))
        audit.record(
            desk.store,
            desk.actor,
            "search",
            purpose="command",
            detail=f"{len(asked)} persons matched",
        ).result()
        found = [
            [_match_json(desk, each) for each in matching.find(desk.store, desk.actor, one)]
            for one in asked
        ]
    if form == "json":
        click.echo(jsontext.dumps(found))
        return
    for number, (one, those) in enumerate(zip(asked, found, strict=True), 1):
        click.echo(visible(f"{number}. {one.name or one.nhs_number or one.phone}"))
        for each in those:
            _say(each)
        if not those:
            click.echo("   nobody known here")


def _described(values: Iterable[Any], today: date) -> Iterator["Described"]:
    """The persons to look up. Raises UsageError for one that is not described as it must be."""
    from spoc.model.errors import BadInput
    from spoc.model.persons.match import described

    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise click.UsageError(f"Person {number} is not an object. Nothing was looked up.")
        try:
            yield described(value, today)
        except BadInput as refused:
            raise click.UsageError(f"Person {number}: {refused} Nothing was looked up.") from None


def _match_json(desk: "Desk", found: "Match") -> dict[str, Any]:
    return {
        "id": found.of.id,
        "name": found.of.name,
        "dob": found.of.dob.isoformat() if found.of.dob else None,
        "nhs_number": found.of.nhs_number or None,
        "for": list(found.reasons),
        "against": list(found.against),
    } | _warned(desk, found.of.id, found.of.doubted)


@person.command("twice")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_obj
def stands_twice(folder: Path, form: str, user: str | None, passphrase_file: Path | None) -> None:
    """List children who may be recorded twice, and why.

    They came from other desks and may already be here. Nothing is linked by itself: "person link" says that
    two records are one child, and with --as not-same that they are two.
    """
    from spoc.storage.ledger import audit
    from spoc.storage.persons import duplicates

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = duplicates.pairs(desk.store, desk.actor)
        detail = f"{len(found)} pairs that may be one child"
        audit.record(desk.store, desk.actor, "search", purpose="command", detail=detail).result()
    if form == "json":
        rows = [
            {"id": each.person.hex(), "name": each.name, "other": each.other.hex(),
             "other_name": each.other_name, "for": list(each.reasons), "against": list(each.against)}
            for each in found
        ]  # fmt: skip
        click.echo(jsontext.dumps(rows))
        return
    for each in found:
        against = f"; against: {', '.join(each.against)}" if each.against else ""
        ids = f"{each.person.hex()[-8:]} {each.name}  {each.other.hex()[-8:]} {each.other_name}"
        click.echo(visible(f"{ids}  {', '.join(each.reasons)}{against}"))
    if not found:
        click.echo("Nobody seems to be recorded twice.", err=True)


def _warned(desk: "Desk", person: str, doubted: bool) -> dict[str, Any]:
    """The JSON keys for warnings: what is in doubt, and that somebody has died."""
    from spoc.storage.persons import deaths

    died = deaths.of_person(desk.store.reader, bytes.fromhex(person))
    return ({"in_doubt": ["nhs_number"]} if doubted else {}) | ({"died": died} if died else {})


def _number(found: dict[str, Any]) -> str:
    number = found["nhs_number"] or ""
    return f"{number} (in doubt)" if "in_doubt" in found else number


def _say(found: dict[str, Any]) -> None:
    cells = [
        found["name"] or "no name",
        found["dob"] or "",
        _number(found),
        found["id"],
        found.get("died", ""),
    ]
    click.echo(visible("   " + "  ".join(filter(None, cells))))
    for word in ("for", "against"):
        if found[word]:
            click.echo(visible(f"      {word}: {'; '.join(found[word])}"))


# -- list and show ---------------------------------------------------------------------------------


@person.command("list")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@user_option
@passphrase_option
@click.pass_obj
def list_persons(
    folder: Path, limit: int, form: str, user: str | None, passphrase_file: Path | None
) -> None:
    """List the children known here, newest record first; recorded."""
    from spoc.storage.persons import record as persons

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = persons.listed(desk.store, desk.actor, limit)
        record(desk, "export", detail=f"{form}, {len(found)} children")
        rows: list[dict[str, Any]] = [
            {"id": own.hex(), "name": name, "born": born, "nhs_number": number}
            | _warned(desk, own.hex(), doubted)
            for own, name, born, number, doubted in found
        ]
        if form == "json":
            click.echo(jsontext.dumps(rows))
            return
        for each in rows:
            cells = [
                each["id"],
                each["name"] or "no name",
                each["born"],
                _number(each),
                each.get("died", ""),
            ]
            click.echo(visible("  ".join(filter(None, cells))))
        if not rows:
            click.echo("No child is known here yet.", err=True)


@person.command()
@click.argument("person_id", metavar="ID")
@click.option(
    "--why", default="", metavar="REASON", help="Why you open the record; it is recorded."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@user_option
@passphrase_option
@click.pass_obj
def show(
    folder: Path,
    person_id: str,
    why: str,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Show what is known about a child; recorded with the reason.

    Facts, alerts, household, patterns and timeline. json has the keys that a child has in "contact add", and
    who said what and when. ID is as "person list" prints it, or at least 4 digits of its beginning or end.
    """
    from spoc.storage.persons import looks, person_page
    from spoc.storage.persons import record as persons

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        own = persons.by_id(desk.store, desk.actor, person_id)
        looks.opened(desk.store, desk.actor, own, "command", why).result()
        if form == "json":
            click.echo(jsontext.dumps(person_page.as_json(desk.store, desk.actor, own), indent=2))
            return
        for line in person_page.as_text(desk.store, desk.actor, own):
            click.echo(visible(line))


# -- links -----------------------------------------------------------------------------------------


@person.command()
@click.argument("person_id", metavar="ID")
@click.argument("other_id", metavar="OTHER")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["same", "born", "not-same"]),
    default="same",
    show_default=True,
    help="same: one person; born: an unborn baby and the child; not-same: two people.",
)
@click.option("--why", default="", metavar="REASON")
@user_option
@passphrase_option
@click.pass_obj
def link(
    folder: Path,
    person_id: str,
    other_id: str,
    kind: "PersonLink",
    why: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Say that two records are one person, or two.

    This copies nothing and can be undone.
    """
    from spoc.storage.persons import links
    from spoc.storage.persons import record as persons

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        one, other = (persons.by_id(desk.store, desk.actor, each) for each in (person_id, other_id))
        links.link(desk.store, desk.actor, one, other, kind, why).result()
        click.echo({"not-same": "Recorded as two people."}.get(kind, "Linked as one person."))


@person.command()
@click.argument("person_id", metavar="ID")
@click.argument("other_id", metavar="OTHER")
@click.option("--why", required=True, metavar="REASON")
@user_option
@passphrase_option
@click.pass_obj
def unlink(
    folder: Path,
    person_id: str,
    other_id: str,
    why: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Undo a link between two records.

    Each is again what it was, with what was added to it since.
    """
    from spoc.model.errors import BadInput
    from spoc.storage.persons import links
    from spoc.storage.persons import record as persons

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        one, other = (persons.by_id(desk.store, desk.actor, each) for each in (person_id, other_id))
        rows = [each for each in links.links(desk.store.reader, [one]) if other in each[1:3]]
        if not rows:
            raise BadInput("The two records are not linked; nothing was changed.")
        links.undo(desk.store, desk.actor, "person_link", rows[0][0], why).result()
        click.echo("The link is undone.")
