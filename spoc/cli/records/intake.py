"""``spoc import``: brings in lists of attendances, with one summary for all."""

import sys
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import open_desk, passphrase_option, user_option
from spoc.model.rules.access import require
from spoc.model.rules.clock import to_local
from spoc.model.values import jsontext
from spoc.model.values.dates import counted
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.intake.reading import FileReading
    from spoc.model.attendance.summary import Summary
    from spoc.storage.attendances.importing import Listed
    from spoc.storage.desk import Desk

_LONGEST_REST, _ASK_AGAIN = 0.1, 5.0  # seconds
SOME_LEFT = 1  # the exit code if rows were rejected or in conflict
UNREAD = 2  # the exit code if a file could not be read (the others are)


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--site", default="", metavar="CODE", help="The department the lists are from.")
@click.option("--dry-run", is_flag=True, help="Count only; nothing is written.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@user_option
@passphrase_option
@click.pass_context
def bring_in(
    context: click.Context,
    files: tuple[str, ...],
    site: str,
    dry_run: bool,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Bring in lists of attendances from emergency departments.

    FILE is a workbook, CSV, or a file of pasted rows; - is standard input. The same list again adds nothing;
    a corrected list changes only what differs. --site is stored as given; without it each row must name its
    site.

    Ends with 0; 1 if rows were rejected or in conflict; 2 if a file cannot be read (the others are); 3 if the
    store refuses.
    """
    from spoc.model.attendance.summary import Summary
    from spoc.storage.attendances import importing

    with closing(open_desk(context.obj, user, passphrase_file)) as desk:
        require(desk.actor.role, "attendance.import")
        summary, refused = Summary(), list[dict[str, str]]()
        readings, listed = _opened(desk, files, site, refused)
        if listed:
            importing.bring_in(
                desk.store,
                desk.actor,
                listed,
                site,
                dry=dry_run,
                rest=_Rest(context.obj),
                on_progress=_progress if sys.stderr.isatty() else lambda done: None,
                summary=summary,
            )
    for reading in readings:
        reading.tell(summary)
    fields: dict[str, Any] = {**summary.as_json(), "refused": refused, "dry_run": dry_run}
    if form == "json":
        click.echo(jsontext.dumps(fields))
    else:
        for line in _lines(summary, fields):
            click.echo(visible(line))
    for each in refused:
        click.echo(visible(each["reason"]), err=True)
    if refused:
        context.exit(UNREAD)
    if summary.rejected or summary.conflicts:
        context.exit(SOME_LEFT)


def _opened(
    desk: "Desk", files: tuple[str, ...], site: str, refused: list[dict[str, str]]
) -> tuple[list["FileReading"], list["Listed"]]:
    """The files that can be read and belong to the site; adds why the others do not."""
    from spoc.intake.reading import bytes_of, of_bytes, of_stream, sites_of
    from spoc.intake.source_table import Unreadable
    from spoc.storage.attendances import headings
    from spoc.storage.attendances.importing import Listed, refusal

    now = to_local(desk.store.now()).replace(tzinfo=None)
    own = headings.of_site(desk.store, site)
    readings, listed = [], []
    for file in files:
        name = "stdin" if file == "-" else Path(file).name
        try:
            data = of_stream(sys.stdin.buffer, name) if file == "-" else bytes_of(Path(file))
            sites = sites_of(data, name, own)
            reading = of_bytes(data, name, now, own)
        except Unreadable as error:
            refused.append({"file": name, "reason": str(error)})
            continue
        one = Listed(name, reading.rows, sites)
        why = refusal(desk.store, one, site)
        if why:
            refused.append({"file": name, "reason": f"{name} was not brought in: {why}"})
            continue
        readings.append(reading)
        listed.append(one)
    return readings, listed


class _Rest:
    """A pause after each batch while a window has the store open: a draft there tries only now and then, and
    must find the store free within moments. Without a window there is no pause."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.beside = folder, float("-inf"), False

    def __call__(self, took: float) -> None:
        if monotonic() - self.asked > _ASK_AGAIN:
            self.asked, self.beside = monotonic(), self._window()
        if self.beside:
            sleep(min(2 * took, _LONGEST_REST))

    def _window(self) -> bool:
        """Whether a window is open on this store."""
        from spoc.model.errors import Refusal
        from spoc.storage.window import hold

        try:
            hold(self.folder).release()
        except Refusal:
            return True
        return False


def _progress(done: int) -> None:
    click.echo(f"\r{done} rows", nl=False, err=True)


def _lines(summary: "Summary", fields: dict[str, Any]) -> list[str]:
    """The summary in words."""
    lines = []
    if fields["dry_run"]:
        lines.append("Nothing was written: this was a dry run.")
    for each in fields["sheets"]:
        where = f"{each['file']} {each['sheet']}".strip()
        state = f"{each['rows']} rows read" if each["read"] else f"not read: {each['why']}"
        lines.append(f"{where}: {'; '.join([state, *each['notes']])}")
        if each["unknown"]:
            lines.append(f"  headings not known: {', '.join(each['unknown'])}")
    numbers = ("read", "imported", "updated", "duplicate", "conflict")
    lines.append(
        ", ".join(f"{fields[key]} {key}" for key in numbers)
        + f", {len(fields['rejected'])} rejected"
    )
    children = "1 child" if fields["children"] == 1 else f"{fields['children']} children"
    lines.append(
        f"{children} in {counted(fields['under18'], 'attendance')}, {counted(fields['adults'], 'adult')}, "
        f"{fields['age_unknown']} of unknown age; {counted(fields['blank'], 'blank line')}, "
        f"{counted(fields['footer'], 'line')} without a record"
    )
    if fields["cancelled"] or fields["merged"]:
        lines.append(
            f"{fields['cancelled']} cancelled and {fields['merged']} merged by the hospital: kept, but not counted as visits"
        )
    if fields["flags"]:
        lines.append("Flags: " + ", ".join(f"{code} {n}" for code, n in fields["flags"].items()))
    if fields["nhs_issues"]:
        lines.append(
            "NHS numbers: " + ", ".join(f"{n} {kind}" for kind, n in fields["nhs_issues"].items())
        )
    lines += fields["notes"]
    for what in ("rejected", "conflicts"):
        for each in fields[what]:
            where = " ".join(filter(None, [each["file"], each["sheet"], f"line {each['line']}"]))
            lines.append(
                f"{'Rejected' if what == 'rejected' else 'Conflict'}: {where}: {each['reason']}"
            )
    return lines
