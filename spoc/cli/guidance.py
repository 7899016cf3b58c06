"""``spoc prompt`` and ``spoc pack``: what guides the calls, how it was met, whether a pack holds."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
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
    """The safety prompts: how each was met."""


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
    """How often each prompt fired in closed contacts, and how it was met.

    One that was put aside each time is marked: look at its rule or its words again.
    """
    from spoc.model.documents import contact_from_json
    from spoc.storage.contacts import listing, prompts

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        today = to_local(desk.store.now()).date()
        first = listing.start_of(contact_from_json.day(since, today, past=True)) if since else ""
        last = listing.end_of(contact_from_json.day(until, today, past=True)) if until else "~"
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
    """One prompt: its rule, its words, its source, and why it was overridden last."""
    from spoc.model.errors import BadInput
    from spoc.model.rules.guide import source_words
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
        lines.append(f"And where {each.when.text}:")
        lines += [f"  {line}" for line in (*each.says, *each.do, *each.tells)]
    lines += ["", f"Fires when: {found.when.text}", "In the read-back:"]
    lines += [f"  {each}" for each in found.tells]
    lines += [source_words(each, today) for each in found.sources]
    lines += ["", "Overridden, the last first:" if why else "Never overridden."]
    lines += [f"  {each}" for each in why]
    click.echo("\n".join(visible(each) for each in lines))


@prompt.command("try")
@click.option(
    "--json",
    "source",
    required=True,
    metavar="FILE",
    help="The file with the contacts; - for stdin.",
)
@_PACK
@_FORMAT
@click.pass_context
def try_prompts(context: click.Context, source: str, pack_id: str, form: str) -> None:
    """What fires for contacts as "contact add" takes them, complete or not. No store is needed.

    Of each: the prompts that fire, by kind; the issues that its notes suggest; its read-back.

    Ends with 0, 1 where a contact cannot be understood, 2 where the file cannot be read, 3 where the pack
    does not hold.
    """
    from spoc.cli.contact import SOME_REFUSED, values_in
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
    """A contact that was tried, for people: what it came to, then its read-back."""
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
    """Guidance packs: the codes, questions and prompts a desk works by."""


@pack.command()
@click.argument("pack_id", metavar="ID")
@click.pass_obj
def check(folder: Path, pack_id: str) -> None:
    """Whether a pack holds; where not, the file, the line and the reason. Also which codes want a short label.

    Packs of your own lie in the folder "packs" beside the store; none takes the place of one of spoc's.
    """
    from spoc.guidance.packfile import listed

    found = _loaded(folder, pack_id)
    on = sum(not each.off for each in found.guide.prompts)
    click.echo(
        f"{visible(found.title)}: it holds. {len(found.guide.questions)} questions, "
        f"{len(found.guide.prompts)} prompts ({on} on). Entries to be confirmed: {found.unconfirmed}."
    )
    cut = [
        each.code for codes in found.lists.values() for each in codes if each.in_brief[-1:] == "…"
    ]
    if cut:
        click.echo(
            f"Lists cut the label of these short; give each a brief: {visible(listed(cut))}."
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
    """Adopt a pack exactly as it now is: recorded with its digest, who and when. Or switch on one rule set of
    patterns over time.

    A named professional does it, once it has been read and confirmed; see docs/adopting-the-guidance.md. A pack of
    your own comes into force so, and stays as it was adopted until it is adopted anew.

    \b
    FA-STOKE  FA-DUDLEY  frequent attenders      WNB      repeatedly was not brought
    DA-4      repeated domestic abuse            INJURY   repeated injury
    CONCERN   concerns, whatever the gap         W27      referred again after support was withdrawn
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
        f"{visible(found.title)} is adopted by {visible(who)}, {when}. Digest {found.digest}. "
        f"Entries still to be confirmed: {found.unconfirmed}."
    )
    if in_force == found.id:
        click.echo("It is in force from the next start.")
    else:
        click.echo(f"The desk works by {visible(in_force)}: spoc setting set pack {found.id}.")


@pack.command()
@click.argument("name", metavar="LIST")
@click.argument("words", nargs=-1, required=True)
@_PACK
@_FORMAT
@click.pass_obj
def find(folder: Path, name: str, words: Sequence[str], pack_id: str, form: str) -> None:
    """What WORDS mean in a coded field: what Enter takes, and what is shown. No store is needed.

    LIST is the name of a list of codes: issue, action, service, role, outcome, place …
    """
    from spoc.model.errors import BadInput
    from spoc.model.rules.code_match import meant, ways

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
        click.echo(f"Means several things: {visible(meaning.means)}.")
    for each in found.offered:
        mark = "▸" if each is found.taken else " "
        click.echo(f"{mark} {visible(each.code):30} {visible(each.label)}")
    if not taken:
        click.echo("Enter takes none of them." if found.offered else "Nothing is offered.")


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
    """One of the packs that come with spoc, else one from the folder beside the store."""
    from spoc.guidance.pack import load
    from spoc.storage.service.packs import FOLDER

    own = folder / FOLDER
    return load(pack_id, own if own.is_dir() else None)
