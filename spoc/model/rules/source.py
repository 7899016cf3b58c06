"""Where a rule or a word comes from."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule or a word comes from, and when somebody must review it."""

    key: str
    title: str
    edition: str
    review: date
    confirmed: bool = (
        True  # False: nobody has confirmed it for this trust ("to be confirmed locally")
    )

    def overdue(self, on: date) -> bool:
        """Whether somebody should have reviewed it before this day."""
        return self.review < on
