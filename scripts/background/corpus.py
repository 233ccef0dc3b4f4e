"""The text that is counted: the files of the packages that a training corpus could hold, one directory a package."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from evaluation.humans import is_text

# A larger file is data or a bundle of a whole application, whose parts are in the other packages.
FILE_LEN_MAX = 2_000_000
# Written by package clients for themselves: digests and names, which occur nowhere else.
LOCK_NAMES = frozenset("""package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml Cargo.lock poetry.lock
Pipfile.lock composer.lock Gemfile.lock go.sum RECORD .cargo-checksum.json .cargo_vcs_info.json""".split())
# Images and fonts that are text, source maps, and shards: they would be read as data, not as one text.
DATA_SUFFIXES = frozenset((".svg", ".eps", ".xpm", ".xbm", ".map", ".jsonl", ".ndjson", ".jsonlines"))
# What Debian adds to a package is dated after it; botocore's are tables of web services, larger than all its code.
LEFT_OUT_DIRECTORIES = ("usr/share/doc", "usr/share/lintian", "botocore/data")


@dataclass
class Tally:
    """What became of the files of some packages."""

    files: int = 0
    text_bytes: int = 0
    left_out: int = 0

    def add(self, other: "Tally") -> None:
        """Adds the counts of `other`."""
        self.files += other.files
        self.text_bytes += other.text_bytes
        self.left_out += other.left_out


def lay_out(package: Path, destination: Path) -> Tally:
    """Makes `destination` hold the text files of `package`, as hard links where the file system allows it.

    Replaces what was there, whole or not at all.
    """
    partial = destination.with_name(destination.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tally = Tally()
    for root, directories, names in os.walk(package):
        below = Path(root).relative_to(package)
        directories[:] = sorted(d for d in directories if (below / d).as_posix() not in LEFT_OUT_DIRECTORIES)
        for name in sorted(names):
            file = Path(root, name)
            if not is_wanted(file):
                tally.left_out += 1
                continue
            tally.files += 1
            tally.text_bytes += file.stat().st_size
            (partial / below).mkdir(parents=True, exist_ok=True)
            link_or_copy(file, partial / below / name)
    shutil.rmtree(destination, ignore_errors=True)
    partial.rename(destination)
    return tally


def is_wanted(file: Path) -> bool:
    """Text that people wrote, or that their tools made of it and that is copied as often: bundles and minified code."""
    if file.is_symlink() or file.name in LOCK_NAMES or file.suffix.lower() in DATA_SUFFIXES:
        return False
    return 0 < file.stat().st_size <= FILE_LEN_MAX and is_text(file.read_bytes())


def link_or_copy(file: Path, destination: Path) -> None:
    """A hard link costs nothing, but not every file system has them."""
    try:
        os.link(file, destination)
    except OSError:
        shutil.copyfile(file, destination)


def remove_others(corpus: Path, names: set[str]) -> None:
    """Removes the directories of packages that are no longer in the table."""
    for entry in corpus.iterdir():
        if entry.name not in names:
            shutil.rmtree(entry)
