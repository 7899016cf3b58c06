"""``spoc prompt`` and ``spoc pack``: what guides the calls, how it was met, whether a pack holds."""

from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.values.plain import visible

_SINCE = click.option("--since", metavar="DAY", help="From this day on: t-30, 1 nov, 2026-11-01.")
_UNTIL = click.option("--until", metavar="DAY", help="Up to and with this day.")


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
    from spoc.model.rules.clock import to_local
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
    from spoc.model.rules.clock import to_local
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
    lines += ["", f"Fires when: {found.when.text}", "In the read-back:"]
    lines += [f"  {each}" for each in found.tells]
    lines += [source_words(each, today) for each in found.sources]
    lines += ["", "Overridden, the last first:" if why else "Never overridden."]
    lines += [f"  {each}" for each in why]
    click.echo("\n".join(visible(each) for each in lines))


@click.group()
def pack() -> None:
    """Guidance packs: the codes, questions and prompts a desk works by."""


@pack.command()
@click.argument("pack_id", metavar="ID")
@click.pass_obj
def check(folder: Path, pack_id: str) -> None:
    """Whether a pack holds; where not, the file, the line and the reason.

    Packs lie in the folder "packs" beside the store, then come those of spoc itself.
    """
    from spoc.guidance.pack import load
    from spoc.storage.service.packs import FOLDER

    own = folder / FOLDER
    found = load(pack_id, own if own.is_dir() else None)
    on = sum(not each.off for each in found.guide.prompts)
    click.echo(
        f"{visible(found.title)}: it holds. {len(found.guide.questions)} questions, "
        f"{len(found.guide.prompts)} prompts ({on} on)."
    )
