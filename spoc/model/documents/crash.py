"""The text for the user when the program fails: the kind of error and the place in our code, nothing else.

An exception's message may contain a child's name, and its frames contain local variables; neither is ever
shown.
"""

from spoc.model.errors import Refusal
from spoc.model.values.plain import visible_lines

REFUSED = 3  # the exit code of a refusal
FAILED = 70  # the exit code of a crash (EX_SOFTWARE of sysexits.h)


def cause(error: BaseException) -> BaseException:
    """The error inside the wrappers that background work adds."""
    while type(error).__name__ == "WorkerFailed" and isinstance(
        inner := getattr(error, "error", None), BaseException
    ):
        error = inner
    return error


def code_location(error: BaseException) -> str:
    """Where it happened, as module:line, the innermost place of our own code if there is one."""
    found, traceback = "", error.__traceback__
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", "?"))
        if module.split(".")[0] == "spoc" or not found.startswith("spoc."):
            found = f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found or "an unknown place"


def words(error: BaseException) -> str:
    """The lines to show for an error that ends the program."""
    error = cause(error)
    if isinstance(error, Refusal):
        return visible_lines(str(error))
    return (
        f"spoc stopped because of an error in the program ({type(error).__name__} at {code_location(error)}).\n"
        "Everything saved is safe, and your typing is kept as a draft.\n"
        "Start spoc again and go on; please give IT the line above, it names no child."
    )


def code(error: BaseException) -> int:
    """The exit code for an error that ends the program."""
    return REFUSED if isinstance(cause(error), Refusal) else FAILED
