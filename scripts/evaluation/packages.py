"""Human files: public packages at pinned versions published before any coding agent.

`packages.tsv` and `documents.tsv` name them with version, month of publication and the SHA-256 of the archive. They are fetched
with the ordinary clients (pip, npm, apt-get, cargo), once, into a cache; nothing in them is ever run.
"""

import csv
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("packages.tsv")
# Manuals and books, of which only the documents count.
DOCUMENTS_TABLE = Path(__file__).with_name("documents.tsv")
SOURCES = ("pypi", "npm", "debian", "crates")
# One old interpreter for all wheels, so that every machine downloads the same archive.
WHEEL_TAGS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64",
              "manylinux_2_5_x86_64", "manylinux1_x86_64")
CLIENT_SECONDS = 600


class FetchError(Exception):
    """A package could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class Package:
    """One row of `packages.tsv`."""

    source: str
    name: str
    version: str
    published: str
    languages: str
    sha256: str

    @property
    def key(self) -> str:
        """A name fit for a directory, unique in the table."""
        return f"{self.source}-{self.name.replace('/', '__')}-{self.version}"


def read_table(path: Path = TABLE) -> list[Package]:
    """All pinned packages, in the order of the table."""
    with open(path, encoding="utf-8", newline="") as file:
        return [Package(**row) for row in csv.DictReader(file, delimiter="\t")]


def fetch_all(packages: list[Package], cache: Path) -> dict[str, Path]:
    """Fetches and unpacks what is not yet in `cache`; maps `Package.key` to the directory of its files.

    Raises `FetchError` naming the package; what was fetched before stays in the cache, so a second run goes on.
    """
    fetch_crates([p for p in packages if p.source == "crates"], cache)
    directories = {}
    for package in packages:
        directory = cache / "files" / package.key
        if not directory.exists():
            archive = fetch_archive(package, cache)
            partial = directory.with_name(directory.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            unpack(archive, partial)
            partial.rename(directory)
        directories[package.key] = directory
    return directories


def fetch_archive(package: Package, cache: Path) -> Path:
    """The package's archive, downloaded or from the cache, with its digest checked."""
    directory = cache / "archives" / package.key
    if not directory.exists():
        partial = directory.with_name(directory.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        print(f"fetching {package.source} {package.name} {package.version}", file=sys.stderr)
        run_client(fetch_command(package, partial), partial)
        partial.rename(directory)
    files = [path for path in directory.iterdir() if path.is_file()]
    if len(files) != 1:
        raise FetchError(f"`{directory}` holds {len(files)} files, not one archive; remove it and run again")
    check_digest(package, hashlib.sha256(files[0].read_bytes()).hexdigest())
    return files[0]


def fetch_command(package: Package, directory: Path) -> list[str]:
    """The client's command line that downloads one archive into `directory` and runs nothing of it."""
    if package.source == "pypi":
        tags = [part for tag in WHEEL_TAGS for part in ("--platform", tag)]
        return [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                "--only-binary", ":all:", "--python-version", "3.9", *tags, "-d", str(directory),
                f"{package.name}=={package.version}"]
    if package.source == "npm":
        return ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(directory),
                f"{package.name}@{package.version}"]
    return ["apt-get", "download", "-qq", f"{package.name}={package.version}"]


def fetch_crates(crates: list[Package], cache: Path) -> None:
    """Fetches all pinned crates with one `cargo vendor`; cargo itself checks what it downloads.

    Their dependencies come along at whatever version cargo picks and are thrown away: they are not pinned.
    """
    missing = [p for p in crates if not (cache / "files" / p.key).exists()]
    if not missing:
        return
    work = cache / "crates.partial"
    shutil.rmtree(work, ignore_errors=True)
    (work / "src").mkdir(parents=True)
    (work / "src" / "lib.rs").touch()
    lines = ["[package]", 'name = "human-crates"', 'version = "0.0.0"', 'edition = "2021"', "[workspace]", "[dependencies]"]
    lines += [f'{p.name} = {{ version = "={p.version}", default-features = false }}' for p in missing]
    (work / "Cargo.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"fetching {len(missing)} crates", file=sys.stderr)
    run_client(["cargo", "vendor", "--quiet", "--versioned-dirs", "vendor"], work)
    (cache / "files").mkdir(parents=True, exist_ok=True)
    for package in missing:
        vendored = work / "vendor" / f"{package.name}-{package.version}"
        checksums = (vendored / ".cargo-checksum.json").read_text(encoding="utf-8")
        check_digest(package, checksums.rpartition('"package":"')[2].partition('"')[0])
        vendored.rename(cache / "files" / package.key)
    shutil.rmtree(work, ignore_errors=True)


def check_digest(package: Package, found: str) -> None:
    """Refuses an archive other than the pinned one; `-` in the table pins nothing and prints what was found."""
    if package.sha256 == "-":
        print(f"unpinned: {package.key}\t{found}", file=sys.stderr)
    elif package.sha256 != found:
        raise FetchError(f"{package.key} has SHA-256 {found}, but the table pins {package.sha256}")


def run_client(command: list[str], directory: Path) -> None:
    """Runs a package client in `directory`, with a time limit; its own words go into the error."""
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=CLIENT_SECONDS,
                              check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise FetchError(f"`{command[0]}` is not installed; it is needed to fetch the human files") from error
    except subprocess.TimeoutExpired as error:
        raise FetchError(f"`{' '.join(command)}` took more than {CLIENT_SECONDS} s") from error
    if done.returncode != 0:
        raise FetchError(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-2000:]}")


def unpack(archive: Path, directory: Path) -> None:
    """Unpacks a wheel, a tarball or a Debian package; members that would leave `directory` are refused."""
    directory.mkdir(parents=True)
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as file:
            file.extractall(directory)  # drops `..` and leading slashes by itself
    elif archive.suffix == ".deb":
        run_client(["dpkg-deb", "-x", str(archive), str(directory)], directory)
    else:
        with tarfile.open(archive) as file:
            file.extractall(directory, filter="data")
    make_readable(directory)


def make_readable(directory: Path) -> None:
    """Some tarballs hold directories without permission to enter them."""
    for root, directories, _ in os.walk(directory):
        for name in directories:
            path = Path(root, name)
            if not path.is_symlink():
                path.chmod(0o755)
