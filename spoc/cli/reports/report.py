"""``spoc report``: returns, the records behind their numbers, and numbers from others."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spoc.cli.open_desk import FILE, open_desk, passphrase_option, user_option
from spoc.model.errors import BadInput
from spoc.model.values import jsontext
from spoc.model.values.dates import counted as many
from spoc.model.values.plain import visible

if TYPE_CHECKING:
    from spoc.model.measures.measure import Measure
    from spoc.storage.store import Store

_FOLDER = click.Path(file_okay=False, path_type=Path)
_SHORT = 8  # digits of an id in a list
format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text"
)
period_option = click.option(
    "--period",
    required=True,
    metavar="PERIOD",
    help="2026-10, 2026-Q4, 2026-27, 2026-27-Q3 or 2026-W47.",
)
recipient_option = click.option("--recipient", default="icb", show_default=True, metavar="CODE")


@click.group()
def report() -> None:
    """Returns, the contacts behind each number, notes on charts."""


@report.command("return")
@period_option
@click.option("--out", type=_FOLDER, metavar="DIR", help="Write the files into this folder.")
@click.option("--freeze", is_flag=True, help="Keep it exactly as it is now; needs --signed-by.")
@click.option("--signed-by", default="", metavar="NAME", help="The named person who signs it.")
@click.option(
    "--workbook",
    "own",
    type=FILE,
    metavar="FILE",
    help="The recipient's own workbook; a copy of it is filled in.",
)
@click.option("--compare", is_flag=True, help="List what has changed since it was frozen.")
@recipient_option
@format_option
@user_option
@passphrase_option
@click.pass_obj
def make_return(
    folder: Path,
    period: str,
    out: Path | None,
    freeze: bool,
    signed_by: str,
    own: Path | None,
    compare: bool,
    recipient: str,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Make the return for a period: a draft, or frozen.

    DIR/return.json stays in the service: it has the true numbers and the ids behind each. The files in DIR/send
    may leave: small counts, and anything that would give one away, are suppressed there.
    """
    from spoc.model.measures.period import parse_period
    from spoc.reports import explaining, return_files, returns
    from spoc.storage.counts import submissions
    from spoc.storage.ledger import audit

    if freeze and not signed_by.strip():
        raise BadInput("A frozen return is signed: add --signed-by NAME. Nothing was made.")
    if signed_by and not freeze:
        raise BadInput("Only a frozen return is signed: add --freeze. Nothing was made.")
    if own and not out:
        raise BadInput("The filled workbook needs a folder: add --out DIR. Nothing was made.")
    span = parse_period(period)
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        store, actor = desk.store, desk.actor
        to = returns.recipient_of(store, recipient)
        made = returns.make(store, actor, span, to)
        if compare:
            _say_compared(explaining.compared(store, actor, made), form)
            return
        signed, written = signed_by.strip(), []
        if out or freeze:
            written = return_files.write(store, made, out.absolute(), signed, own) if out else []
            submissions.keep(
                store, actor, span, to.code, made.counted, made.hidden, signed_by=signed
            ).result()
            audit.record(
                store, actor, "export", purpose="return", detail=f"{span.code} for {to.code}"
            ).result()
        if form == "json":
            click.echo(jsontext.dumps(return_files.return_json(store, made, signed), indent=1))
            return
        for line in return_files.heading(made, signed):
            click.echo(visible(line))
        counts = [cell for cell in made.counted.cells if "/" not in cell.id]
        for cell in counts:
            click.echo(f"{visible(cell.title):<57} {_cell_text(cell)}")
        for file in written:
            click.echo(f"Written  {visible(str(file))}")
        if not written:
            click.echo("No file was written. To write them, add --out DIR.")
            return
        cells = return_files.listed(made)
        gone = sum(not made.shows(cell) for cell in cells)
        click.echo(f"In the folder send, {gone} of {many(len(cells), 'number')} are suppressed.")


def _number(value: float | None) -> str:
    from spoc.model.measures.measure import digits

    return digits(value) or "–"


def _cell_text(cell: Any) -> str:
    """A cell for printing: its number and unit, or why there is none."""
    from spoc.model.measures.measure import units

    if cell.value is None:
        return f"–  {visible(cell.note)}" if cell.note else "–"
    if cell.denominator is None:
        return units(cell.unit, cell.value)
    if cell.numerator is None:  # a median
        return f"{units(cell.unit, cell.value)}  (median of {cell.denominator})"
    return f"{_number(cell.value)} %  ({cell.numerator} of {units(cell.unit, cell.denominator)})"


def _say_compared(fields: dict[str, Any], form: str) -> None:
    from spoc.reports.explaining import in_words, when

    if form == "json":
        click.echo(jsontext.dumps(fields, indent=1))
        return
    click.echo(
        f"{fields['period']}, {fields['dates']}: frozen {when(fields['frozen_at'])}, signed by {visible(fields['signed_by'])}."
    )
    if not fields["changes"]:
        click.echo("Nothing has changed since.")
    for change in fields["changes"]:
        was, now = (_number_of(change, each) for each in ("was", "now"))
        click.echo(f"{change['id']}  {visible(change['title'])}: {was} -> {now}")
        for line in in_words(change["entries"]):
            click.echo(f"    {visible(line)}")


def _number_of(change: dict[str, Any], when: str) -> str:
    """A changed number as it was or is now; for a percentage also numerator and denominator."""
    one, whole = change[f"{when}_of"]
    return _number(change[when]) + (f" % ({one} of {whole})" if one is not None and whole else "")


@report.command()
@click.argument("cell", metavar="CELL")
@period_option
@recipient_option
@format_option
@user_option
@passphrase_option
@click.pass_obj
def explain(
    folder: Path,
    cell: str,
    period: str,
    recipient: str,
    form: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """List the contacts behind a number of a return.

    For example: spoc report explain contacts --period 2026-10
    """
    from spoc.model.measures.measure import units
    from spoc.model.measures.period import parse_period
    from spoc.model.values.reference import reference
    from spoc.reports import explaining, returns
    from spoc.storage.ledger import audit

    span = parse_period(period)
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        store, actor = desk.store, desk.actor
        made = returns.make(store, actor, span, returns.recipient_of(store, recipient))
        fields = explaining.explained(store, actor, made, explaining.cell_of(made, cell))
        audit.record(
            store, actor, "search", purpose="return", detail=f"{cell} in {span.code}"
        ).result()
        if form == "json":
            click.echo(jsontext.dumps(fields, indent=1))
            return
        value = fields["value"]
        counted = fields["denominator"] is None and value is not None
        shown = units(fields["unit"], value) if counted else _number(value)
        click.echo(f"{visible(fields['title'])}, {fields['dates']}: {shown}")
        if fields["denominator"] is not None:
            click.echo(f"Numerator {fields['numerator']}, denominator {fields['denominator']}.")
        if fields["frozen"] and fields["frozen"]["value"] != value:
            click.echo(
                f"Frozen as {_number(fields['frozen']['value'])}, {explaining.when(fields['frozen']['at'])}; see --compare."
            )
        for line in (fields["definition"], f"Left out: {fields['exclusions']}", fields["note"]):
            if line:
                click.echo(visible(line))
        click.echo(f"Source: {visible(fields['source'])}")
        for row in fields["rows"]:
            if "words" in row:
                click.echo(f"{row['id'][-_SHORT:]}  {visible(row['words'])}")
                continue
            after = "  written down after the period" if row["id"] in fields["after_period"] else ""
            named = "restricted" if row["restricted"] else "; ".join(row["children"])
            about = "  ".join(each for each in (row["service"], row["category"], named) if each)
            click.echo(
                f"{reference(row['contact'])}  {explaining.when(row['received_at'])}  {visible(about)}{after}"
            )


@report.command()
@click.argument("series", metavar="SERIES")
@click.option("--period", metavar="PERIOD", help="The period it is for.")
@click.option("--of", "part", default="", metavar="CODE", help="The service, for headcounts.")
@click.option("--value", type=float, metavar="NUMBER")
@click.option("--numerator", type=int, metavar="N")
@click.option("--denominator", type=int, metavar="N")
@click.option(
    "--csv",
    "file",
    type=FILE,
    metavar="FILE",
    help="Columns period, value, numerator, denominator.",
)
@click.option("--supplier", required=True, metavar="NAME", help="Who supplied it.")
@click.option("--dated", required=True, metavar="DATE", help="The day it refers to.")
@click.option("--why", default="", metavar="WORDS", help="Why a number is corrected, if it is.")
@user_option
@passphrase_option
@click.pass_obj
def supply(
    folder: Path,
    series: str,
    period: str | None,
    part: str,
    value: float | None,
    numerator: int | None,
    denominator: int | None,
    file: Path | None,
    supplier: str,
    dated: str,
    why: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Add numbers that others supply.

    For example WREN referrals, headcounts or earlier years. They are never mixed with the desk's own counts.
    """
    from spoc.model.measures.period import parse_period
    from spoc.reports.columns import read_supplied
    from spoc.storage.counts import supplied

    if (period is None) == (file is None):
        raise BadInput("Give either --period with its numbers, or --csv FILE; nothing was added.")
    with closing(open_desk(folder, user, passphrase_file)) as desk:
        day = _day(dated, desk.store).isoformat()
        rows = read_supplied(file) if file else [(period or "", value, numerator, denominator)]
        numbers = [
            supplied.Supplied(parse_period(code), number, one, of, supplier, day, part)
            for code, number, one, of in rows
        ]
        measure = _measure(desk.store, series)
        before = supplied.count_known(desk.store, measure, numbers)
        supplied.add(desk.store, desk.actor, measure, numbers, why).result()
    done = {"added": len(numbers) - before, "corrected": before}
    words = ", ".join(f"{many(number, 'period')} {what}" for what, number in done.items() if number)
    click.echo(f"{visible(measure.title)}: {words}.")


@report.command()
@click.argument("series", metavar="MEASURE")
@click.option("--date", "dated", required=True, metavar="DATE", help="The day it happened.")
@click.option("--why", required=True, metavar="WORDS", help="What happened.")
@user_option
@passphrase_option
@click.pass_obj
def annotate(
    folder: Path, series: str, dated: str, why: str, user: str | None, passphrase_file: Path | None
) -> None:
    """Note on a chart what happened on a day."""
    from spoc.storage.counts import marks

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        measure = _measure(desk.store, series)
        marks.annotate(desk.store, desk.actor, measure, _day(dated, desk.store), why).result()
    click.echo(f"Noted on {visible(measure.title)}.")


@report.command()
@click.argument("series", metavar="MEASURE")
@click.option(
    "--date", "dated", required=True, metavar="DATE", help="The first day of the new phase."
)
@click.option("--why", required=True, metavar="WORDS", help="What changed for good.")
@click.option("--decided-by", required=True, metavar="NAME", help="Who decided it.")
@user_option
@passphrase_option
@click.pass_obj
def rebase(
    folder: Path,
    series: str,
    dated: str,
    why: str,
    decided_by: str,
    user: str | None,
    passphrase_file: Path | None,
) -> None:
    """Start new limits on a chart: who decided it, and why."""
    from spoc.storage.counts import marks

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        measure = _measure(desk.store, series)
        day = _day(dated, desk.store)
        marks.rebase(desk.store, desk.actor, measure, day, why, decided_by).result()
    click.echo(f"New limits on {visible(measure.title)}.")


@report.command("list")
@user_option
@passphrase_option
@click.pass_obj
def list_measures(folder: Path, user: str | None, passphrase_file: Path | None) -> None:
    """List the measures: code, title, unit, who counts it."""
    from spoc.cli.output import aligned

    with closing(open_desk(folder, user, passphrase_file)) as desk:
        measures = desk.store.pack.counting.measures.values()
    for line in aligned([(each.code, each.title, each.unit, each.origin) for each in measures]):
        click.echo(line)


def _measure(store: "Store", code: str) -> "Measure":
    known = store.pack.counting.measures
    if code not in known:
        raise BadInput(
            f"{visible(code)} is not a measure; nothing was changed. See: spoc report list"
        )
    return known[code]


def _day(text: str, store: "Store") -> Any:
    from spoc.model.rules.clock import to_local
    from spoc.reports.columns import as_day

    return as_day(text, to_local(store.now()).date())
