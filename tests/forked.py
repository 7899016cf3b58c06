"""What a forked child has imported already. The process that forks it looks for modules in spoc's folder only."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import kills  # noqa: F401
import limited  # noqa: F401
from sync import steps  # noqa: F401
