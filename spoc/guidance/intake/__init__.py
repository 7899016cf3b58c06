"""What is known about the lists that hospitals send: the names of their columns, and what is in them."""

import tomllib
from datetime import time, timedelta
from functools import cache
from importlib.resources import files

from spoc.model.attendance.columns import IGNORED, Columns, spelt
from spoc.model.attendance.coverage import CoverageLimits
from spoc.model.errors import BadPack


@cache
def columns() -> Columns:
    """The known headings, the placeholders and the limits: columns.toml beside this module.

    Raises BadPack if the file is not valid.
    """
    text = files(__package__).joinpath("columns.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
        limits, placeholders = data["limits"], data["placeholders"]
        return Columns(
            fields={
                spelt(name): field
                for field, names in sorted(data["field"].items(), key=lambda one: one[0] != IGNORED)
                for name in (*names, field)
            },
            heading_rows=limits["heading_rows"],
            headings=limits["headings"],
            oldest_years=limits["oldest_years"],
            unpacked=limits["unpacked_megabytes"] * 1_000_000,
            births=frozenset(placeholders["birth"]),
            numbers=frozenset(placeholders["nhs_number"]),
            names=frozenset(placeholders["name"]),
            empty=frozenset(placeholders["cell"]),
            footers=tuple(data["footer"]["begins"]),
            states={
                name: tuple(data["state"][name]) for name in ("cancelled", "merged", "yes", "no")
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPack(f"columns.toml does not hold the columns of a list: {error}.") from error


@cache
def coverage_limits() -> CoverageLimits:
    """When a list counts as missing, short or as having a gap: coverage.toml beside this module. Raises
    BadPack if the file is not valid.
    """
    text = files(__package__).joinpath("coverage.toml").read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)["coverage"]
        return CoverageLimits(
            time.fromisoformat(table["expected_by"]),
            timedelta(minutes=table["gap_minutes"]),
            table["short_percent"],
            table["usual_weeks"],
            table["usual_least"],
            table["days"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPack(f"coverage.toml does not hold what a missing list is: {error}.") from error
