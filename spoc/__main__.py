"""``spoc`` and ``python -m spoc``. Without arguments it goes straight to the app."""

import gc
import sys


def main() -> int:
    """Run spoc; gives the exit code. No error ends in a traceback."""
    from spoc.model.documents import crash

    sys.excepthook = lambda kind, error, trace: _say(crash.words(error))
    _quiet_threads()
    _no_core()
    try:
        if len(sys.argv) > 1:
            from spoc.cli.commands import commands

            return commands()
        gc.disable()  # while the program is loaded; see spoc.widgets.memory
        from spoc.app import run
        from spoc.storage.store_folder import default_folder

        return run(default_folder())
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        _say(crash.words(error))
        return crash.code(error)


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def _no_core() -> None:
    """A fault leaves no picture of the memory, names and keys in it, on the disk."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return  # Windows writes none unless it is told to


def _quiet_threads() -> None:
    """What fails beside the work is said as briefly as what fails in it: no message, no variables."""
    import logging
    import threading

    from spoc.model.documents import crash

    def brief(error: BaseException | None) -> None:
        if error is not None and not isinstance(error, SystemExit):
            _say(f"{type(error).__name__} at {crash.code_location(error)}")

    threading.excepthook = lambda args: brief(args.exc_value)
    sys.unraisablehook = lambda args: brief(args.exc_value)
    logging.lastResort = None


if __name__ == "__main__":
    sys.exit(main())
