"""What is known of the lists that hospitals send: the names of their columns, and what stands in them."""

import tomllib
from functools import cache
from importlib.resources import files

from spoc.model.attendance.columns import IGNORED, Columns, spelt
from spoc.model.errors import BadPack


@cache
def columns() -> Columns:
    """The headings that are known, the placeholders and the limits: columns.toml beside this module.

    BadPack where the file does not hold.
    """
    text = files(__package__).joinpath("columns.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
        limits, held = data["limits"], data["placeholders"]
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
            births=frozenset(held["birth"]),
            numbers=frozenset(held["nhs_number"]),
            names=frozenset(held["name"]),
            empty=frozenset(held["cell"]),
            footers=tuple(data["footer"]["begins"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPack(f"columns.toml does not hold the columns of a list: {error}.") from error
