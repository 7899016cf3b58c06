"""``spoc prompt`` and ``spoc pack``: counting, showing and trying prompts; checking and adopting packs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from spoc.cli.open_desk import json_option, open_desk, passphrase_option, user_option
from spoc.model.documents.contact_from_json import Rules
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import CAREFUL, Pack
from spoc.model.values.plain import visible

_SINCE = click.option("--since", metavar="DAY", help="From this day on: t-30, 1 nov, 2026-11-01.")
_PACK = click.option(
    "--pack", "pack_id", default="generic", show_default=True, metavar="ID", help="Which pack."
)
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_UNTIL = click.option("--until", metavar="DAY", help="Up to and including this day.")


@click.group()
def prompt() -> None:
    """Safety prompts: count, show, try."""


@prompt.command("list")
@_SINCE
@_UNTIL
@user_option
@passphrase_option
@click.pass_obj
def list_prompts(
    folder: Path,
    since: str | None,
    until: str | None,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Count how often each prompt fired, and how it was answered.

    Counts closed contacts. A prompt that was dismissed every time is marked NEVER DONE: look at its rule
    or its words again.
    """
    from spoc.model.documents import given_values
    from spoc.storage.contacts import prompts
    from spoc.storage.contacts.reading import listing

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        today = to_local(desk.store.now()).date()
        first = listing.start_of(given_values.day(since, today, past=True)) if since else ""
        last = listing.end_of(given_values.day(until, today, past=True)) if until else "~"
        counted = prompts.counts(desk.store, desk.actor, first, last)
    click.echo(f"{'':5} {'':5} {'fired':>6} {'done':>6} {'over-':>6} {'left':>6}")
    click.echo(f"{'':5} {'':5} {'':>6} {'':>6} {'ridden':>6} {'out':>6}")
    for each in counted:
        kind = each.prompt.kind.upper() if each.prompt else ""
        title = each.prompt.title if each.prompt else "no longer in the pack"
        off = "  (off)" if each.prompt and each.prompt.off else ""
        mark = "  NEVER DONE" if each.never_done else ""
        click.echo(
            f"{each.code:5} {kind:5} {each.fired:6} {each.done:6} {each.overridden:6} {each.dismissed:6}"
            f"  {visible(title)}{off}{mark}"
        )


@prompt.command()
@click.argument("code")
@user_option
@passphrase_option
@click.pass_obj
def show(folder: Path, code: str, user: str | None, passphrase_file: Path | None) -> None:
    """Show a prompt's words, rule and source, and the latest overrides."""
    from spoc.model.errors import BadInput
    from spoc.model.rules.guiding.guide import source_words
    from spoc.storage.contacts import prompts

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        found = desk.store.pack.guide.prompt_by_code.get(code.upper())
        if found is None:
            known = ", ".join(desk.store.pack.guide.prompt_by_code)
            raise BadInput(f"There is no prompt {code}; there are {known}.")
        today = to_local(desk.store.now()).date()
        why = prompts.reasons(desk.store, desk.actor, found.code)
    lines = [f"{found.kind.upper()} {found.code}  {found.title}" + ("  (off)" if found.off else "")]
    lines += [f"  {each}" for each in found.says]
    lines += ["For the desk:", *(f"  {each}" for each in found.do)] if found.do else []
    for each in found.occasions:
        lines.append(f"If {each.when.text}:")
        lines += [f"  {line}" for line in (*each.says, *each.do, *each.tells)]
    lines += ["", f"Fires when: {found.when.text}", "In the read-back:"]
    lines += [f"  {each}" for each in found.tells]
    lines += [source_words(each, today) for each in found.sources]
    lines += ["", "Overridden, latest first:" if why else "Never overridden."]
    lines += [f"  {each}" for each in why]
    click.echo("\n".join(visible(each) for each in lines))


@prompt.command("try")
@json_option("contacts")
@_PACK
@_FORMAT
@click.pass_context
def try_prompts(context: click.Context, source: str, pack_id: str, form: str) -> None:
    """Show which prompts fire for the contacts in a file.

    The file is as for "contact add", but contacts may be incomplete. Shows for each which prompts fire, which
    issues its notes suggest, and its read-back. Needs no store.

    Ends with 0; 1 if a contact cannot be understood; 2 if the file cannot be read; 3 if the pack is not valid.
    """
    from spoc.cli.records.contact import SOME_REFUSED, values_in
    from spoc.model.documents.tried_contact import tried
    from spoc.storage.service import settings

    pack = _loaded(context.obj, pack_id)
    hours, csc = settings.hours({}, pack), settings.hours({}, pack, "csc")
    rules = Rules(CONTACT_FORM, pack, hours, datetime.now(UTC))
    refused = False
    number = 0
    for number, value in enumerate(values_in(source), 1):
        found = tried(value, rules, csc)
        refused |= isinstance(found, list)
        result = {"refused": found} if isinstance(found, list) else asdict(found)
        if form == "json":
            click.echo(("[" if number == 1 else ",") + json.dumps(result))
        else:
            click.echo("\n".join(_tried_lines(number, result)))
    if form == "json":
        click.echo("]" if number else "[]")
    if refused:
        context.exit(SOME_REFUSED)


def _tried_lines(number: int, result: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines about a contact that was tried: its prompts and issues, then its read-back."""
    lines = [f"Contact {number}"]
    for key, words in _SAID.items():
        if key in result:
            lines.append(f"{words:10} {visible(', '.join(result[key])) or 'nothing'}")
    lines += [f"refused    {visible(each)}" for each in result.get("refused", ())]
    lines += ["", *(f"  {visible(each)}".rstrip() for each in result.get("read_back", ())), ""]
    return lines


_SAID = {"stop": "STOP", "ask": "ASK", "tell": "TELL", "suggested": "suggested"}


@click.group()
def pack() -> None:
    """Guidance packs: check, adopt, find what words mean."""


@pack.command()
@click.argument("pack_id", metavar="ID")
@click.pass_obj
def check(folder: Path, pack_id: str) -> None:
    """Check that a pack is valid.

    If it is not, says in which file and line, and why. Also lists the codes that need a short label. Your own
    packs go into the folder "packs" beside the store; none can replace one of spoc's.
    """
    from spoc.guidance.packfile import listed

    found = _loaded(folder, pack_id)
    on = sum(not each.off for each in found.guide.prompts)
    click.echo(
        f"{visible(found.title)} is valid. {len(found.guide.questions)} questions, "
        f"{len(found.guide.prompts)} prompts ({on} on). Entries to be confirmed: {found.unconfirmed}."
    )
    cut = [
        each.code for codes in found.lists.values() for each in codes if each.in_brief[-1:] == "…"
    ]
    if cut:
        click.echo(
            f"The labels of these are too long for a list; give each a brief: {visible(listed(cut))}."
        )


@pack.command()
@click.argument("pack_id", metavar="ID")
@click.option("--drop", is_flag=True, help="Switch a rule set off again.")
@user_option
@passphrase_option
@click.pass_obj
def adopt(
    folder: Path, pack_id: str, drop: bool, user: str | None, passphrase_file: Path | None
) -> None:
    """Adopt a pack exactly as it is now, or switch on a rule set.

    Only for a named professional, once the pack has been read and confirmed; see docs/adopting-the-guidance.md.
    Who adopted it and when is recorded with its digest. A pack of your own stays in force as it was adopted until
    it is adopted again. The rule sets find patterns over time:

    \b
    FA-STOKE, FA-DUDLEY  frequent attenders
    DA-4                 repeated domestic abuse
    WNB                  repeatedly not brought
    INJURY               repeated injury
    CONCERN              repeated concerns, whatever the gap
    W27                  referred again after support was withdrawn
    """
    from spoc.guidance.patterns import patterns
    from spoc.model.rules.clock import shown_instant
    from spoc.storage.service import adopting

    if drop or pack_id.upper() in patterns().rules:
        _adopt_rule(folder, pack_id, drop, user, passphrase_file)
        return
    found = _loaded(folder, pack_id)
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        adopting.adopt(desk.store, desk.actor, found).result()
        who, when = desk.actor.name, shown_instant(desk.store.now())
        in_force = desk.store.pack.id
    click.echo(
        f"{visible(found.title)} adopted by {visible(who)}, {when}. Digest {found.digest}. "
        f"Entries still to be confirmed: {found.unconfirmed}."
    )
    if in_force == found.id:
        click.echo("It is in force from the next start.")
    else:
        click.echo(
            f"The desk still uses {visible(in_force)}. To change that: spoc setting set pack {found.id}"
        )


@pack.command()
@click.argument("name", metavar="LIST")
@click.argument("words", nargs=-1, required=True)
@_PACK
@_FORMAT
@click.pass_obj
def find(folder: Path, name: str, words: Sequence[str], pack_id: str, form: str) -> None:
    """Show what words mean in a coded field.

    Shows what Enter would take, and what would be offered. LIST is the name of a list of codes: issue,
    action, service, role, outcome, place … Needs no store.
    """
    from spoc.model.errors import BadInput
    from spoc.model.hearing.code_match import meant, ways

    pack = _loaded(folder, pack_id)
    if name not in pack.lists:
        raise BadInput(f"There is no list {name}; there are {', '.join(pack.lists)}.")
    typed = " ".join(words)
    today = to_local(datetime.now(UTC)).date()
    found = meant(typed, pack.codes(name, today), ways(pack, name))
    taken = found.taken.code if found.taken else None
    if form == "json":
        offered = [each.code for each in found.offered]
        click.echo(json.dumps({"list": name, "typed": typed, "taken": taken, "offered": offered}))
        return
    meaning = pack.ambiguous.get(typed.strip().casefold()) if name in CAREFUL else None
    if meaning:
        click.echo(f"It can mean several things: {visible(meaning.means)}.")
    for each in found.offered:
        mark = "▸" if each is found.taken else " "
        click.echo(f"{mark} {visible(each.code):30} {visible(each.label)}")
    if not taken:
        click.echo("Enter takes none of these." if found.offered else "No code matches.")


def _adopt_rule(
    folder: Path, code: str, drop: bool, user: str | None, passphrase_file: Path | None
) -> None:
    from spoc.storage.persons import patterns

    rule = patterns.rule_set(code)
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        (patterns.drop if drop else patterns.adopt)(desk.store, desk.actor, code).result()
        done = "is switched off" if drop else f"is adopted by {desk.actor.name}"
    source = f"{rule.source.title}, {rule.source.edition}"
    click.echo(visible(f"{rule.code} {done}: {rule.title}. “{rule.text}” ({source})."))


def _loaded(folder: Path, pack_id: str) -> Pack:
    """One of the packs that come with spoc, or else one from the folder beside the store."""
    from spoc.guidance.pack import load
    from spoc.storage.service.packs import FOLDER

    own = folder / FOLDER
    return load(pack_id, own if own.is_dir() else None)
