"""Measures how well seepage finds planted model output, and whom it accuses wrongly. See `scripts/evaluate --help`."""

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path

from . import table
from .packages import FetchError
from .run import Options, evaluate
from .seepage import SeepageError

ROOT = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).with_name("small.json")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/evaluate", description="Plants passages of real logs, transformed in many ways, among human files; "
        "scans; prints recall by class, false positives, attribution, span accuracy, and the same for plain baselines.")
    parser.add_argument("--logs", type=Path, action="append", metavar="DIR",
                        help="logs to take passages from (repeatable) [default: ../shared/data/logs, else fixtures/logs]")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/seepage", help="the program under test")
    parser.add_argument("--dir", type=Path, default=ROOT / "target/evaluation", help="downloads, shards and results")
    parser.add_argument("--half", choices=("report", "tune"), default="report", help="which half to measure")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--records", type=int, help="records a class [default: 300; small: 100]")
    parser.add_argument("--innocent", type=int, help="at most so many innocent files [default: all; small: 1500]")
    parser.add_argument("--ballast", type=int, default=0, metavar="MB",
                        help="index so much code of the other half's packages too, as if models had written it")
    parser.add_argument("--small", action="store_true",
                        help="no network, no baselines, Python's standard library as human files; compares with small.json")
    parser.add_argument("--accept", action="store_true", help="with --small: make this result the one to compare with")
    parser.add_argument("--no-baselines", action="store_true", help="leave the baselines out")
    parser.add_argument("--build-arg", action="append", default=[], help="passed on to `seepage index build` (repeatable)")
    parser.add_argument("--scan-arg", action="append", default=[], help="passed on to `seepage scan` (repeatable)")
    return parser.parse_args(arguments)


def default_logs() -> list[Path]:
    """Real logs beside the repository, or the small hand-made ones in it."""
    shared = ROOT.parent / "shared/data/logs"
    return [shared if shared.is_dir() else ROOT / "fixtures/logs"]


def main(arguments: list[str]) -> int:
    """Exit code 0: done (and, if small, nothing fell); 1: a class fell; 2: could not be measured."""
    args = parse(arguments)
    logs = args.logs or default_logs()
    missing = [str(path) for path in [*logs, args.binary] if not path.exists()]
    if missing:
        print(f"error: `{missing[0]}` is not there; the program is built by `cargo build --release`", file=sys.stderr)
        return 2
    options = Options(
        root=ROOT, logs=logs, binary=args.binary.resolve(), directory=args.dir.resolve(), half=args.half, seed=args.seed,
        records=args.records or (100 if args.small else 300), innocent=args.innocent or (1_500 if args.small else 10**9),
        originals=150 if args.small else 1_000, ballast=0 if args.small else args.ballast, small=args.small, baselines=not (args.small or args.no_baselines),
        build_args=args.build_arg, scan_args=args.scan_arg)
    started = time.monotonic()
    try:
        result = evaluate(options)
    except (FetchError, SeepageError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    result["date"] = time.strftime("%Y-%m-%d", time.gmtime())
    result["command"] = shlex.join(["scripts/evaluate", *arguments])
    page = table.render(result)
    name = "small" if args.small else "table"
    (options.directory / f"{name}.md").write_text(page, encoding="utf-8")
    (options.directory / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(page)
    print(f"took {time.monotonic() - started:.0f} s; `{options.directory / name}.md` and `.json` written", file=sys.stderr)
    return compare(result, logs, args.accept) if args.small else 0


def compare(result: dict, logs: list[Path], accept: bool) -> int:
    """Compares a small result with the one checked in for the same logs, or checks it in."""
    known = json.loads(SMALL.read_text(encoding="utf-8")) if SMALL.exists() else {}
    name = "+".join(os.path.relpath(path.absolute(), ROOT) for path in logs)
    if accept:
        known[name] = table.to_baseline(result)
        SMALL.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"`{SMALL.name}` now holds this result for `{name}`", file=sys.stderr)
        return 0
    if name not in known:
        print(f"error: `{SMALL.name}` holds no result for `{name}`; make one with `--small --accept`", file=sys.stderr)
        return 2
    fallen = table.falls(known[name], result)
    for line in fallen:
        print(f"error: {line}", file=sys.stderr)
    if not fallen:
        print(f"no class fell by more than a point since {known[name]['date']}", file=sys.stderr)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
