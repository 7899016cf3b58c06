"""``spoc contact find``: the app's search at the command line."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from spoc.cli.open_desk import open_desk, passphrase_option, record, user_option
from spoc.model.values import jsontext
from spoc.model.values.plain import visible
from spoc.model.values.reference import reference


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@user_option
@passphrase_option
@click.pass_obj
def find(
    folder: Path,
    words: tuple[str, ...],
    limit: int,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Search contacts as the app does; recorded.

    WORDS are names, a reference, a number, a day, codes or words of the notes. The newest come first, near
    spellings last. json gives id, reference, children and why; "near" marks a near spelling.
    """
    from spoc.storage.contacts import contacts

    asked = " ".join(words)
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = contacts.find(desk.store, desk.actor, asked, limit)
        record(desk, "search", detail=asked)
    rows: list[dict[str, Any]] = [
        {
            "id": each.id.hex(),
            "reference": reference(each.id),
            "children": list(each.children),
            "why": each.why,
            "near": each.near,
        }
        for each in found
    ]
    if form == "json":
        click.echo(jsontext.dumps(rows))
        return
    for each in rows:
        children = "; ".join(each["children"]) or "no names"
        why = f"{each['why']}, near" if each["near"] else each["why"]
        click.echo(visible(f"{each['reference']}  {children}  ({why})"))
    if not rows:
        click.echo("No contacts match.", err=True)
