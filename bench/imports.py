"""What starting costs, import by import: everything that is loaded before the first frame."""

from collections import Counter
from pathlib import Path

from bench.bare import WORD
from bench.terminal import Terminal, environment

SHOWN = 12


def report(folder: Path) -> str:
    """The dearest packages and modules, in milliseconds of their own (what they import not counted)."""
    env = environment(SPOC_STORE=str(folder), XDG_CONFIG_HOME=str(folder))
    with Terminal("spoc", env) as warm:
        warm.painted(WORD)
    with Terminal("spoc", env, "-X", "importtime") as terminal:
        terminal.painted(WORD)
    text = bytes(terminal.raw).partition(WORD.encode())[0].decode(errors="replace")
    modules: Counter[str] = Counter()
    for line in text.splitlines():
        own, _, rest = line.rpartition("import time:")[2].partition("|")
        if own.strip().isdigit():
            modules[rest.partition("|")[2].strip()] += int(own)
    packages: Counter[str] = Counter()
    for name, own_time in modules.items():
        packages[name.partition(".")[0]] += own_time
    total = sum(modules.values()) / 1000
    lines = [f"{len(modules)} modules in {total:.0f} ms before the first frame (tracing included)"]
    for head, counted in (("package", packages), ("module", modules)):
        lines += ["", f"{head:<44} {'ms':>8}"]
        lines += [f"{name:<44} {own / 1000:>8.1f}" for name, own in counted.most_common(SHOWN)]
    return "\n".join(lines)
