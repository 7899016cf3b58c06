"""``spoc spc``: a control chart of any series, without a store."""

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from spoc.cli.open_desk import FILE
from spoc.model.errors import BadInput
from spoc.model.rules.clock import to_local
from spoc.model.values import jsontext
from spoc.model.values.plain import visible

_LEAST = (40, 12)  # the smallest size of a useful chart, in columns and lines


@click.command()
@click.argument("file", type=FILE, metavar="FILE.csv")
@click.option("--date", "day", required=True, metavar="COLUMN", help="The column with the days.")
@click.option("--value", metavar="COLUMN", help="The column with the values (for an xmr chart).")
@click.option(
    "--chart",
    type=click.Choice(["xmr", "g", "t"]),
    default="xmr",
    show_default=True,
    help="xmr: one value a period; g, t: each row is an event, and the days between them are charted.",
)
@click.option(
    "--direction",
    type=click.Choice(["increase", "decrease", "neutral"]),
    default="neutral",
    show_default=True,
    help="Which way is an improvement.",
)
@click.option("--target", type=float, metavar="NUMBER", help="The target to reach.")
@click.option("--rebase", multiple=True, metavar="DATE", help="A new phase begins on this day.")
@click.option("--fix-after", type=int, metavar="N", help="Take the limits from the first N points.")
@click.option("--no-screening", is_flag=True, help="Keep outlying moving ranges.")
@click.option(
    "--preset",
    type=click.Choice(["plotthedots", "nhse-excel"]),
    default="plotthedots",
    show_default=True,
)
@click.option("--title", metavar="WORDS", help="The chart's title (else the column's name).")
@click.option("--format", "form", type=click.Choice(["text", "svg", "json"]), default="text")
@click.option(
    "--out", type=FILE, metavar="FILE", help="Write it to this file (else to the screen)."
)
def spc(
    file: Path,
    day: str,
    value: str | None,
    chart: str,
    direction: str,
    target: float | None,
    rebase: tuple[str, ...],
    fix_after: int | None,
    no_screening: bool,
    preset: str,
    title: str | None,
    form: str,
    out: Path | None,
) -> None:
    """Draw a control chart from a CSV file.

    Days are written 2026-11-20 or 20/11/2026. An empty value is a gap. The letters H and L mark a special cause, above
    or below; P, F and ? say whether the target is met.
    """
    from spoc.model.spc import analyse, g_chart, t_chart
    from spoc.reports import chart as charts
    from spoc.reports.columns import read_days, read_series

    today = to_local(datetime.now(UTC)).date()
    found: Any
    if chart == "xmr":
        if value is None:
            raise click.UsageError("An xmr chart needs --value COLUMN.")
        days, values = read_series(file, day, value, today)
        try:
            found = analyse(
                values,
                days,
                improvement_direction=direction,
                target=target,
                rebase=[_day(each) for each in rebase],
                fix_after_n_points=fix_after,
                screen_outliers=not no_screening,
                preset=preset,
            )
        except ValueError as error:
            raise BadInput(f"{error} Nothing was drawn.") from None
        drawn = charts.of_analysis(title or value, found, target)
    else:
        found = (g_chart if chart == "g" else t_chart)(read_days(file, day, today))
        drawn = charts.of_rare(title or file.stem, found)
    _write(out, _rendered(form, found, drawn))


def _day(text: str) -> str:
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        raise BadInput(
            f"{visible(text)} is not a date; nothing was drawn. Write it as 2026-11-20."
        ) from None


def _rendered(form: str, found: Any, drawn: Any) -> str:
    from spoc.reports import chart as charts

    if form == "json":
        return jsontext.dumps(asdict(found), indent=2, default=str)
    if form == "svg":
        from spoc.reports.svg import svg

        return svg(drawn)
    from spoc.reports.plot import in_terminal

    size = shutil.get_terminal_size()
    words = [drawn.title, charts.summary(drawn), drawn.latest, drawn.assurance, *drawn.notes]
    lines = [visible(each) for each in words if each]
    width, height = max(_LEAST[0], size.columns), max(_LEAST[1], size.lines - len(lines) - 2)
    return "\n".join([in_terminal(drawn, width, height), *lines])


def _write(out: Path | None, text: str) -> None:
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{visible(str(out))} cannot be written ({error.strerror}); nothing was drawn."
        ) from None
    click.echo(f"Written to {visible(str(out))}")
