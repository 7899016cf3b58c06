"""``spoc setting``: the settings of a service or a desk."""

import re
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.errors import BadInput
from spoc.model.idle import LONGEST, SHORTEST, minutes_of
from spoc.model.rules.access import require
from spoc.model.rules.settings import STALE_HOURS
from spoc.model.values.plain import visible

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
# What each setting means, and what applies until it is set.
KEYS = {
    "idle_minutes": (
        f"minutes until the desk locks itself, {SHORTEST} to {LONGEST}",
        str(minutes_of(None)),
    ),
    "backup_folder": ("the folder of the daily copies", "backups, beside the store"),
    "closures": ("the service's own closure days: 2026-12-24 2026-12-31", "none"),
    "hours.desk": ("when the desk is there", "as in the pack"),
    "hours.csc": ("when social care is there", "as in the pack"),
    "sync": (
        "where the desks sync: a shared folder, or postgresql://login@server/database",
        "none",
    ),
    "closed_when_shared": (
        "whether a contact counts as closed only once it has been sent: yes on a computer that keeps nothing",
        "no",
    ),
    "stale_hours": (
        "hours without a sync, or without news of a desk, after which spoc says so",
        STALE_HOURS,
    ),
    "rejoin": (
        "whether people can come back with only their passphrase, from a file in the shared folder or hub: yes or no",
        "no",
    ),
    "denominator": ("which attendances should be reviewed: all, or concern", "all"),
    "reviews_counted": (
        "which ED reviews the year-on-year series counts: concern (those with one), or all",
        "concern",
    ),
    "ed_expected_by": ("the time by which a department's list of yesterday is expected", "10:00"),
    "accredited_domains": ("accredited mail domains other than nhs.net", "none"),
    "pack": ("the guidance pack in force", "generic"),
}


@click.group()
def setting() -> None:
    """Settings: list, set."""


@setting.command("list")
@user_option
@passphrase_option
@click.pass_obj
def list_settings(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """List the settings: name, value, meaning."""
    from spoc.cli.output import aligned

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        fields = desk.store.settings
    rows = [(key, fields.get(key) or usual, what) for key, (what, usual) in KEYS.items()]
    for line in aligned(rows):
        click.echo(line)


@setting.command("set")
@click.argument("key")
@click.argument("value")
@user_option
@passphrase_option
@click.pass_obj
def set_one(
    folder: Path, key: str, value: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Change one setting; recorded.

    An open window uses it from its next start; the calendar changes at once.
    """
    from spoc.storage.followups import calendar
    from spoc.storage.service import settings
    from spoc.sync.places import usable

    if key not in KEYS:
        near = get_close_matches(key, KEYS, 1)
        raise click.UsageError(
            f"There is no setting {visible(key)}; nothing was changed. "
            + (f"Did you mean {near[0]}?" if near else "See: spoc setting list")
        )
    if key == "idle_minutes" and not (value.isdigit() and SHORTEST <= int(value) <= LONGEST):
        raise BadInput(
            f"idle_minutes is a number of minutes from {SHORTEST} to {LONGEST}; nothing was changed."
        )
    if key == "denominator" and value not in ("all", "concern"):
        raise BadInput("denominator is all or concern; nothing was changed.")
    if key == "reviews_counted" and value not in ("concern", "all"):
        raise BadInput("reviews_counted is concern or all; nothing was changed.")
    if key == "stale_hours" and not (value.isdigit() and int(value)):
        raise BadInput("stale_hours is a number of hours; nothing was changed.")
    if key in ("closed_when_shared", "rejoin") and value not in ("yes", "no"):
        raise BadInput(f"{key} is yes or no; nothing was changed.")
    if key == "ed_expected_by" and not _CLOCK.fullmatch(value):
        raise BadInput("ed_expected_by is a time such as 10:00; nothing was changed.")
    if key == "sync":
        value = usable(value, folder)
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
        click.echo(f"{key} is now {visible(value) or 'none'}. {text}")
    else:
        click.echo(f"{key} is now {visible(value)}. An open window uses it from its next start.")
