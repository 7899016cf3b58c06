"""The modules that a forked child already has. The process that forks it finds modules only in spoc's folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import file_limit  # noqa: F401
import kills  # noqa: F401
from sync import steps  # noqa: F401
