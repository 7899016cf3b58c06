"""What --help says: every command is in its list with a whole sentence, and says what each argument is."""

from collections.abc import Iterator

import click
import pytest

from spoc.cli.commands import spoc


def every(command: click.Command, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=names[-1] if names else "spoc")
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found
            yield from every(found, *names, name)


COMMANDS = list(every(spoc))


@pytest.mark.parametrize(
    ("names", "command"), COMMANDS, ids=[" ".join(names) or "spoc" for names, _ in COMMANDS]
)
def test_no_line_of_help_is_cut_short_at_80_columns(
    names: tuple[str, ...], command: click.Command
) -> None:
    context = click.Context(command, info_name=" ".join(("spoc", *names)), terminal_width=80)
    told = command.get_help(context)
    assert "..." not in told.partition("\n\n")[2].replace("[ARGS]...", ""), told
    assert max(map(len, told.splitlines())) <= 80, told
    assert command.help, names
