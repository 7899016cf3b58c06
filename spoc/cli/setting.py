"""``spoc setting``: what the service may change of how spoc works."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spoc.storage.desk import Desk

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.errors import BadInput
from spoc.model.idle import LONGEST, SHORTEST, minutes_of
from spoc.model.rules.access import require
from spoc.model.values.plain import visible

# Each with what it is, and what holds where nothing is set.
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
    "pack": ("the guidance pack that the desk works by", "generic"),
}


TIMED = ("closures", "hours.desk", "hours.csc")  # those by which due times are worked out


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
        held = desk.store.settings
    for key, (what, usual) in KEYS.items():
        click.echo(f"{key}\t{visible(held.get(key) or usual)}\t{what}")


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
    from spoc.storage.service import settings

    if key == "idle_minutes" and not (value.isdigit() and SHORTEST <= int(value) <= LONGEST):
        raise BadInput(
            f"The lock takes a number of minutes from {SHORTEST} to {LONGEST}; nothing was changed."
        )
    if key == "backup_folder":
        value = str(Path(value).expanduser().absolute())
    if key == "closures":
        value = _closures(value)
    if key.startswith("hours."):
        from spoc.model.rules.clock import parse_week

        parse_week(value)
    if key == "pack":
        from spoc.guidance.pack import load
        from spoc.storage.service.packs import FOLDER

        own = folder / FOLDER
        load(value, own if own.is_dir() else None)  # one that does not hold is refused here
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        require(desk.actor.role, "desk.setup")
        settings.change(desk.store, desk.actor, key, value).result()
        moved = _moved(desk) if key in TIMED else 0
    if key in TIMED:
        click.echo(f"{key} is {visible(value) or 'none'}. Open due times that it moved: {moved}.")
    else:
        click.echo(f"{key} is {visible(value)} from the next start.")


def _closures(text: str) -> str:
    """Closure days as they are kept; "none" is none. Raises BadInput where one is no day."""
    from spoc.storage.service import settings

    words = [] if text.strip().casefold() == "none" else text.replace(",", " ").split()
    days = settings.closures(text)
    if len(days) != len(words):
        raise BadInput(
            "Closure days are dates such as 2026-12-24, with blanks between, or none; nothing was changed."
        )
    return " ".join(sorted({day.isoformat() for day in days}))


def _moved(desk: "Desk") -> int:
    """Work out again what the change of the calendar moves; how many due times it did."""
    from spoc.storage.followups import followups
    from spoc.storage.service import settings

    settings.take(desk.store)
    return followups.work_out_again(desk.store, desk.actor).result()
