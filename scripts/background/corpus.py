"""The text that is counted: the files of the packages that a training corpus could hold, one directory a package."""

import gzip
import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from evaluation.humans import is_text

# A larger file is data or a bundle of a whole application, whose parts are in the other packages.
FILE_LEN_MAX = 2_000_000
# No package gives more text, so that none is much of the whole; which files it gives follows from their paths alone.
PACKAGE_LEN_MAX = 8_000_000
# Written by package clients for themselves: digests and names, which occur nowhere else.
LOCK_NAMES = frozenset("""package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml Cargo.lock poetry.lock
Pipfile.lock composer.lock Gemfile.lock go.sum RECORD .cargo-checksum.json .cargo_vcs_info.json""".split())
# Images and fonts that are text, source maps, and shards: they would be read as data, not as one text.
DATA_SUFFIXES = frozenset((".svg", ".eps", ".xpm", ".xbm", ".map", ".jsonl", ".ndjson", ".jsonlines"))
# botocore's are tables of web services, larger than all its code; dbt's and notebook's are copies of packages, some of
# which the evaluation measures with.
LEFT_OUT = ("usr/share/lintian", "botocore/data", "dbt/include/index.html", "notebook/static/components")
# What Debian adds to a package is dated after it.
DEBIAN_DOCUMENTS = re.compile(r"(changelog(\.Debian.*)?|copyright|(README|NEWS|TODO)\.(Debian|source).*)(\.gz)?|buildinfo_.*")
# Manuals and longer documents of Debian's packages are packed each by itself.
PACKED_BELOW = ("usr/share/doc/", "usr/share/man/", "usr/share/info/")


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
    for path in in_chosen_order(list_files(package)):
        file = package / path
        content = wanted_text(file, path)
        if content is None or tally.text_bytes + len(content) > PACKAGE_LEN_MAX:
            tally.left_out += 1
            continue
        tally.files += 1
        tally.text_bytes += len(content)
        copy = partial / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        if is_packed(path):
            copy.with_name(copy.name.removesuffix(".gz")).write_bytes(content)
        else:
            link_or_copy(file, copy)
    shutil.rmtree(destination, ignore_errors=True)
    partial.rename(destination)
    return tally


def list_files(package: Path) -> list[str]:
    """Paths below `package` of all files but those that are left out, by themselves or with their directory."""
    paths = []
    for root, directories, names in os.walk(package):
        below = Path(root).relative_to(package)
        directories[:] = [d for d in directories if (below / d).as_posix() not in LEFT_OUT]
        paths += [(below / name).as_posix() for name in names]
    return [path for path in paths if path not in LEFT_OUT]


def in_chosen_order(paths: list[str]) -> list[str]:
    """By the hash of the path: mixed over the whole package, and the same on every machine."""
    return sorted(paths, key=lambda path: hashlib.sha256(path.encode(errors="surrogateescape")).digest())


def wanted_text(file: Path, path: str) -> bytes | None:
    """Text that people wrote, or that their tools made of it and that is copied as often: bundles and minified code.

    `path` is that of `file` inside its package. Gives nothing for a file that is not wanted.
    """
    if file.is_symlink() or file.name in LOCK_NAMES or file.suffix.lower() in DATA_SUFFIXES:
        return None
    if path.startswith("usr/share/doc/") and DEBIAN_DOCUMENTS.fullmatch(file.name):
        return None
    if not 0 < file.stat().st_size <= FILE_LEN_MAX:
        return None
    content = gzip.decompress(file.read_bytes()) if is_packed(path) else file.read_bytes()
    return content if 0 < len(content) <= FILE_LEN_MAX and is_text(content) else None


def is_packed(path: str) -> bool:
    """Whether the file is read and written unpacked."""
    return path.endswith(".gz") and path.startswith(PACKED_BELOW)


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
