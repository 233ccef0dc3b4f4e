"""Makes the built-in background. See `scripts/make-background --help`."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from evaluation import packages
from evaluation.packages import FetchError, Package

from . import corpus, languages, licences

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("packages.tsv")
# It is compiled into the program, which should stay small enough to be copied to every machine of a cluster.
BACKGROUND_LEN_MAX = 4 << 20


class BuildError(Exception):
    """The background could not be made of the corpus."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/make-background", description="Makes the built-in background of public packages and licence texts "
        "of before 2022. What was fetched is kept, so a second run goes on where the first one stopped.",
        epilog="SEEPAGE names the program to count with [default: target/release/seepage].")
    parser.add_argument("--dir", type=Path, default=ROOT / "target/background", help="downloads and the corpus")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "crates/index/built-in.background")
    parser.add_argument("--packages-min", type=int, default=2, metavar="N",
                        help="keep what occurs in N packages or more [default: 2]")
    parser.add_argument("--corpus-only", action="store_true", help="stop before counting")
    return parser.parse_args(arguments)


def read_table() -> list[Package]:
    """The packages; refuses one that the evaluation measures with, whose figures would then mean nothing."""
    table = packages.read_table(TABLE)
    tables = (packages.TABLE, packages.DOCUMENTS_TABLE)
    measured = {(p.source, p.name.lower()) for measured_with in tables for p in packages.read_table(measured_with)}
    for package in table:
        if (package.source, package.name.lower()) in measured:
            raise FetchError(f"{package.key} is in a table of the evaluation too; remove it from `{TABLE}`")
        if not package.published < "2022-01":
            raise FetchError(f"{package.key} was published in {package.published}; only what is older than 2022-01 is "
                             "surely human: pin an older version")
    return table


def make_corpus(table: list[Package], directory: Path) -> corpus.Tally:
    """Fetches what is missing and lays out `directory/corpus`."""
    try:
        fetched = packages.fetch_all(table, directory)
    except FetchError as error:
        raise FetchError(f"{error}; run again, and if the version is gone, pin another one of before 2022 "
                         f"in `{TABLE.name}`") from error
    root = directory / "corpus"
    root.mkdir(parents=True, exist_ok=True)
    corpus.remove_others(root, {p.key for p in table})
    total = corpus.Tally()
    for package in table:
        tally = corpus.lay_out(fetched[package.key], root / package.key)
        if tally.files == 0:
            raise FetchError(f"{package.key} holds no text; remove its row from `{TABLE}`")
        total.add(tally)
    total.add(licences.write_licences(fetched, table, root))
    return total


def count(root: Path, output: Path, packages_min: int) -> str:
    """Has seepage count the fingerprints of `root` into `output`; gives what it said."""
    binary = Path(os.environ.get("SEEPAGE") or ROOT / "target/release/seepage").resolve()
    partial = output.with_name(output.name + ".partial")
    command = [str(binary), "background", "build", str(root), "--package-by", "top-directory",
               "--packages-min", str(packages_min), "-o", str(partial)]
    try:
        partial.unlink(missing_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise BuildError(f"`{binary}` is not there; build it by `cargo build --release`, or name it in SEEPAGE") from error
    said = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        raise BuildError(f"`{' '.join(command)}` failed: {said[-2000:]}")
    size = partial.stat().st_size
    if size > BACKGROUND_LEN_MAX:
        raise BuildError(f"`{partial}` has {size} bytes, more than {BACKGROUND_LEN_MAX}; raise --packages-min")
    partial.replace(output)
    return said


def main(arguments: list[str]) -> int:
    """0: made; 2: not."""
    args = parse(arguments)
    started = time.monotonic()
    try:
        table = read_table()
        total = make_corpus(table, args.dir.resolve())
        print(f"{len(table)} packages and {len(licences.DIRECTORIES)} directories of licences: {total.files} files, "
              f"{total.text_bytes / 1e6:.1f} MB of text; {total.left_out} files left out")
        print(languages.table(args.dir.resolve() / "corpus", [package.key for package in table]))
        if args.corpus_only:
            return 0
        print(count(args.dir.resolve() / "corpus", args.output.resolve(), args.packages_min))
        print(f"`{os.path.relpath(args.output)}` written: {args.output.stat().st_size / 1e6:.2f} MB")
    except (FetchError, BuildError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"took {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
