"""What spoc uses of Textual that Textual does not promise to keep."""

from collections.abc import Callable

from textual.await_complete import AwaitComplete

# Public, but without types of its own.
done_already: Callable[[], AwaitComplete] = AwaitComplete.nothing
