"""spoc on a later day: ``python -m tests.journeys.on_a_later_day …`` is ``python -m spoc …`` with its clock HOURS_AHEAD."""

import os
import sys
from datetime import UTC, datetime, timedelta

import spoc.storage.store

_AHEAD = timedelta(hours=float(os.environ["HOURS_AHEAD"]))


def later() -> datetime:
    return datetime.now(UTC) + _AHEAD


spoc.storage.store.utc_now = later  # before anything took the right one

from spoc.__main__ import main  # noqa: E402
from spoc.app import SpocApp  # noqa: E402

if __name__ == "__main__":
    SpocApp.__init__.__kwdefaults__["now"] = later
    sys.exit(main())
