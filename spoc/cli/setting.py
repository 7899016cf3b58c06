"""``spoc setting``: what the service may change of how spoc works."""

import re
from contextlib import closing
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.errors import BadInput
from spoc.model.idle import LONGEST, SHORTEST, minutes_of
from spoc.model.rules.access import require
from spoc.model.rules.settings import STALE_HOURS
from spoc.model.values.plain import visible

# Each with what it is, and what holds where nothing is set.
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
KEYS = {
    "idle_minutes": (
        f"minutes until the desk locks itself, {SHORTEST} to {LONGEST}",
        str(minutes_of(None)),
    ),
    "backup_folder": ("the folder of the daily copies", "backups, beside the store"),
    "closures": ("the service's own closure days, as dates: 2026-12-24 2026-12-31", "none"),
    "hours.desk": ("when the desk is there", "as the pack has them"),
    "hours.csc": ("when social care is there", "as the pack has them"),
    "sync": ("the place of sync: a shared folder, or postgresql://login@server/database", "none"),
    "closed_when_shared": (
        "whether a contact counts as closed only when the place of sync has it: yes on a computer that keeps nothing",
        "no",
    ),
    "stale_hours": (
        "hours without a sync, or without hearing of a desk, after which that is said",
        STALE_HOURS,
    ),
    "rejoin": (
        "whether people come back with their passphrase alone, from a file in the place of sync: yes or no",
        "no",
    ),
    "denominator": ("which attendances count as to be reviewed: all, or concern", "all"),
    "reviews_counted": (
        "which ED reviews the year-on-year series counts: concern (those with one), or all",
        "concern",
    ),
    "ed_expected_by": ("by when yesterday's list of a department is expected", "10:00"),
    "accredited_domains": ("mail domains known to be accredited, beside nhs.net", "none"),
    "pack": ("the guidance pack that the desk works by", "generic"),
}


@click.group()
def setting() -> None:
    """What the service may change: list, set."""


@setting.command("list")
@user_option
@passphrase_option
@click.pass_obj
def list_settings(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """Each setting: its name, its value, what it is."""
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        fields = desk.store.settings
    for key, (what, usual) in KEYS.items():
        click.echo(f"{key}\t{visible(fields.get(key) or usual)}\t{what}")


@setting.command("set")
@click.argument("key", type=click.Choice(list(KEYS)))
@click.argument("value")
@user_option
@passphrase_option
@click.pass_obj
def set_one(
    folder: Path, key: str, value: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Change one setting; recorded, and in force from the next start."""
    from spoc.storage.followups import calendar
    from spoc.storage.service import settings

    if key == "idle_minutes" and not (value.isdigit() and SHORTEST <= int(value) <= LONGEST):
        raise BadInput(
            f"The lock takes a number of minutes from {SHORTEST} to {LONGEST}; nothing was changed."
        )
    if key == "denominator" and value not in ("all", "concern"):
        raise BadInput("The denominator is all or concern; nothing was changed.")
    if key == "reviews_counted" and value not in ("concern", "all"):
        raise BadInput("reviews_counted is concern or all; nothing was changed.")
    if key == "stale_hours" and not (value.isdigit() and int(value)):
        raise BadInput("stale_hours is a number of hours; nothing was changed.")
    if key in ("closed_when_shared", "rejoin") and value not in ("yes", "no"):
        raise BadInput(f"{key} is yes or no; nothing was changed.")
    if key == "ed_expected_by" and not _CLOCK.fullmatch(value):
        raise BadInput("Write a time such as 10:00; nothing was changed.")
    if key == "backup_folder":
        value = str(Path(value).expanduser().absolute())
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "desk.setup")
        if key in calendar.KEYS:
            value, moved = calendar.change(desk.store, desk.actor, key, value)
        else:
            settings.change(desk.store, desk.actor, key, value).result()
    if key in calendar.KEYS:
        text = calendar.moved_words(desk.actor.role, moved)
        click.echo(f"{key} is {visible(value) or 'none'}. {text}")
    else:
        click.echo(f"{key} is {visible(value)} from the next start.")
