"""Setting up a desk."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from spoc.screens.covers import Cover


class SetUpScreen(Cover):
    """The form of a new desk."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.folder = folder
