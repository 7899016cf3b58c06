"""What a benchmark found, against what it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median as median

MS = 1000.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Times are in milliseconds; ``floor`` is None where the budget is a time."""

    what: str
    spoc: float
    floor: float | None
    budget: float  # how many times the floor, or milliseconds where there is none

    @property
    def cost(self) -> float:
        """What is held against the budget."""
        return self.spoc if self.floor is None else self.spoc / self.floor

    def over(self, margin: float = 1.0) -> bool:
        return self.cost > self.budget * margin

    def line(self, margin: float = 1.0) -> str:
        allowed = self.budget * margin
        if self.floor is None:
            floor, ratio, budget = "", "", f"{allowed:.0f} ms"
        else:
            floor, ratio, budget = f"{self.floor:.2f}", f"{self.cost:.2f}", f"{allowed:.2f} x"
        verdict = "OVER" if self.over(margin) else "pass"
        return f"{self.what:<44} {floor:>9} {self.spoc:>9.2f} {ratio:>6} {budget:>8}  {verdict}"


HEAD = f"{'what':<44} {'floor ms':>9} {'spoc ms':>9} {'ratio':>6} {'budget':>8}  verdict"


def p95(times: Sequence[float]) -> float:
    """The time that 95 of 100 stay within."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
