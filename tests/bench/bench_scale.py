"""How the program bears a nation: pages, sweeps and checks on a database of 150,000 projects and millions of rows.

Not part of the suite. In an embedded database of its own (filled once, some minutes; measured as often as wanted):

    XUNZHANG_VAR=var/scale .venv/bin/python tests/bench/bench_scale.py

or on an empty database whose role is a superuser, by DATABASE_URL. Sizes by options (`--help`). Ends with 1 when
something takes longer than is stated here.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Milliseconds that the median may take, by kind; the worst may take twice that.
BOUNDS = {
    "page": 300,
    "search": 10,  # its statements alone
    "likeness": 500,  # part of handing in
    "idle": 50,  # a task that finds nothing to do
    "act": 30,  # one mail sent, one deadline computed anew
    "swept": 1,  # one deadline fired or reminded of
    "daily": 100,  # a county's nightly work
    "proof": 50,  # a thousand entries of an audit chain
}


def prepare() -> None:
    """Django on the bench's own database, as a deployed program is: without DEBUG, templates read once."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    if not os.environ.get("DATABASE_URL"):
        os.environ.setdefault("XUNZHANG_VAR", str(ROOT / "var" / "scale"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("XUNZHANG_DEBUG", "no")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from config.database import ensure_running_if_used

    ensure_running_if_used()


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Sizes and what to do."""
    from tests.bench.scale.filling import Size

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for one in fields(Size):
        parser.add_argument(f"--{one.name}", type=int, default=one.default, help="size (default: %(default)s)")
    parser.add_argument("--times", type=int, default=7, help="how often each page is asked for")
    parser.add_argument("--due", type=int, default=10_000, help="deadlines that are due at once")
    parser.add_argument("--pages", action="store_true", help="measure pages alone: what reads and changes nothing")
    parser.add_argument("--fill-only", action="store_true", help="fill, and measure nothing")
    return parser.parse_args(arguments)


def main() -> int:
    """Fill where nothing is, measure, say what was too slow."""
    prepare()
    from tests.bench.scale.filling import Size, fill, filled
    from tests.bench.scale.measuring import Measuring, numbers

    chosen = options()
    size = Size(**{one.name: getattr(chosen, one.name) for one in fields(Size)})
    before = filled()
    if not before:
        fill(size)
    elif before != repr(asdict(size)):
        sys.stdout.write(f"The database was filled otherwise: {before}. Take another XUNZHANG_VAR.\n")
        return 2
    if chosen.fill_only:
        return 0
    sys.stdout.write("  ".join(f"{count:,} {name}" for name, count in numbers().items()) + "\n\n")
    sys.stdout.write(f"{'what':<40} {'queries':>7} {'median ms':>10} {'worst ms':>10}\n")
    slow = 0
    measuring = Measuring(times=chosen.times, due=chosen.due)
    for line in (*measuring.pages(), *measuring.searches()) if chosen.pages else measuring.all():
        bound = BOUNDS[line.kind]
        is_slow = line.median > bound or line.worst > 2 * bound
        slow += is_slow
        sys.stdout.write(
            f"{line.what:<40} {line.queries or '':>7} {line.median:>10.1f} {line.worst:>10.1f}"
            f" {'SLOW' if is_slow else '    '} {line.note}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"\n{slow} beyond the bounds: {BOUNDS}\n")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
