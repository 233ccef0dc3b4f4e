"""Tests of what goes into the corpus. Run by `PYTHONPATH=scripts python3 -m unittest background.test_background`."""

import gzip
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from evaluation import packages

from . import corpus, languages, licences
from .__main__ import read_table


class Corpus(unittest.TestCase):
    def check(self, name: str, content: bytes, wanted: bool) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "package", name)
            file.parent.mkdir(parents=True)
            file.write_bytes(content)
            destination = Path(directory, "corpus", "p")
            tally = corpus.lay_out(Path(directory, "package"), destination)
            self.assertEqual((int(wanted), int(not wanted)), (tally.files, tally.left_out), name)
            self.assertEqual(wanted, (destination / name).exists(), name)
            if wanted:
                self.assertEqual(content, (destination / name).read_bytes())

    def test_source_and_minified_text_stay(self) -> None:
        self.check("a.py", b"x = 1\n", True)
        self.check("a.min.js", b"x=1;" * 1000, True)
        self.check("a.rs", b"x" * corpus.FILE_LEN_MAX, True)

    def test_binary_lock_image_and_large_files_go(self) -> None:
        for name, content in (
            ("a.so", b"\x7fELF\0"), ("latin1.txt", b"caf\xe9"), ("empty.py", b""), ("Cargo.lock", b"[[package]]"),
            ("a.svg", b"<svg/>"), ("a.jsonl", b"{}\n"), ("a.js", b"x" * (corpus.FILE_LEN_MAX + 1)),
        ):
            self.check(name, content, False)

    def lay_out(self, contents: dict[str, bytes]) -> dict[str, bytes]:
        """What is laid out of a package of these files."""
        with tempfile.TemporaryDirectory() as directory:
            package, destination = Path(directory, "package"), Path(directory, "corpus")
            for name, content in contents.items():
                (package / name).parent.mkdir(parents=True, exist_ok=True)
                (package / name).write_bytes(content)
            corpus.lay_out(package, destination)
            return {f.relative_to(destination).as_posix(): f.read_bytes() for f in destination.rglob("*") if f.is_file()}

    def test_a_large_package_gives_no_more_than_the_limit_and_the_same_files_each_time(self) -> None:
        contents = {f"d{number % 7}/{number}.py": b"x" * 100 for number in range(50)}
        with mock.patch.object(corpus, "PACKAGE_LEN_MAX", 1050):
            laid_out = self.lay_out(contents)
            self.assertEqual(10, len(laid_out))
            self.assertEqual(laid_out, self.lay_out(dict(reversed(contents.items()))))
            self.assertGreater(len({name.partition("/")[0] for name in laid_out}), 3)

    def test_a_file_that_does_not_fit_leaves_room_for_a_smaller_one(self) -> None:
        with mock.patch.object(corpus, "PACKAGE_LEN_MAX", 100):
            self.assertEqual({"small.py"}, set(self.lay_out({"large.py": b"x" * 101, "small.py": b"x" * 100})))

    def test_manuals_of_debian_are_unpacked_and_other_archives_left_out(self) -> None:
        self.assertEqual(
            {"usr/share/man/man1/a.1": b".TH A 1\n", "usr/share/doc/a/guide.txt": b"read me"},
            self.lay_out({
                "usr/share/man/man1/a.1.gz": gzip.compress(b".TH A 1\n"),
                "usr/share/doc/a/guide.txt": b"read me",
                "usr/share/man/man1/empty.1.gz": gzip.compress(b""),
                "usr/share/a/data.txt.gz": gzip.compress(b"packed"),
            }))

    def test_what_debian_adds_and_copies_of_other_packages_are_left_out(self) -> None:
        added = ("changelog.Debian.gz", "changelog.gz", "changelog", "copyright", "README.Debian", "NEWS.Debian.gz")
        left_out = [f"usr/share/doc/a/{name}" for name in added]
        left_out += ["dbt/include/index.html", "notebook/static/components/a.js", "usr/share/lintian/overrides/a"]
        kept = {"usr/share/doc/a/README.md": b"a", "copyright": b"b", "notebook/static/a.js": b"c"}
        self.assertEqual(kept, self.lay_out({name: gzip.compress(b"x") if name.endswith("gz") else b"x" for name in left_out}
                                            | kept))

    def test_a_second_layout_replaces_the_first(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            package, destination = Path(directory, "package"), Path(directory, "corpus")
            package.mkdir()
            (package / "old.py").write_text("old")
            corpus.lay_out(package, destination)
            (package / "old.py").rename(package / "new.py")
            corpus.lay_out(package, destination)
            self.assertEqual(["new.py"], [path.name for path in destination.iterdir()])

    def test_a_directory_that_left_the_table_is_removed(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            for name in ("kept", "gone"):
                Path(directory, name).mkdir()
            corpus.remove_others(Path(directory), {"kept"})
            self.assertEqual(["kept"], [path.name for path in Path(directory).iterdir()])


class Licences(unittest.TestCase):
    def test_every_line_of_a_comment_has_its_leader_and_fits(self) -> None:
        text = licences.wrap("word " * 100 + "\n\nnext", "# ")
        self.assertTrue(all(line.startswith("#") and len(line) <= licences.COLUMNS for line in text.splitlines()))
        self.assertEqual("word " * 100 + "next", " ".join(text.replace("#", "").split()))

    def test_a_long_licence_is_written_plain_only(self) -> None:
        styles = [name for name, _ in licences.commented("licence", {"X": "w " * licences.COMMENTED_LEN_MAX})]
        self.assertEqual(["licence-X-plain.txt"], styles)

    def test_headers_are_all_different_and_not_empty(self) -> None:
        headers = list(licences.read_headers().values())
        self.assertGreater(len(headers), 30)
        self.assertTrue(all(headers))
        self.assertEqual(len(headers), len(set(headers)))


class Languages(unittest.TestCase):
    def test_a_file_is_known_by_its_name_or_its_first_line(self) -> None:
        for path, head, language in (
            ("a/b.py", b"", "Python"), ("a.H", b"", "C"), ("Entity.kt.ejs", b"", "Kotlin"), ("a.psm1", b"", "PowerShell"),
            ("usr/share/man/man1/ls.1", b"", "manuals"), ("man.1", b"", "others"), ("bin/run", b"#! /bin/sh -e", "shell"),
            ("bin/run", b"#!/usr/bin/env bash", "shell"), ("bin/run", b"#!/usr/bin/python", "others"),
            ("share/completions/tar", b"", "shell"), ("README.md", b"", "documents"),
        ):
            self.assertEqual(language, languages.language_of(path, head), path)

    def test_a_language_counts_packages_that_hold_enough_of_it(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            for package, size in (("much", languages.PACKAGE_LEN_MIN), ("little", 10)):
                Path(directory, package).mkdir()
                Path(directory, package, "a.go").write_bytes(b"x" * size)
            line = next(line for line in languages.table(Path(directory), ["much", "little"]).splitlines() if "Go" in line)
            self.assertEqual(["Go", "1", "2", "0.0"], line.split())


class Table(unittest.TestCase):
    def test_every_package_is_pinned_and_named_once(self) -> None:
        table = read_table()
        self.assertTrue(all(len(package.sha256) == 64 for package in table))
        self.assertEqual(len(table), len({(package.source, package.name) for package in table}))

    def test_every_language_that_models_write_has_ten_packages_but_powershell(self) -> None:
        count = {language: 0 for language in (*languages.LANGUAGES, "book", "manual")}
        for package in read_table():
            for language in package.languages.split(","):
                count[language] = count.get(language, 0) + 1
        for language in ("Python JavaScript TypeScript Go Rust Java Kotlin C C++ C# Ruby PHP Swift shell SQL HTML CSS YAML "
                         "manual").split():
            self.assertGreaterEqual(count[language], 10, language)
        self.assertGreaterEqual(count["PowerShell"], 4)
        self.assertGreaterEqual(count["book"], 5)

    def test_a_package_of_the_evaluation_is_refused_and_one_of_its_documents_too(self) -> None:
        own = read_table()
        for table in (packages.TABLE, packages.DOCUMENTS_TABLE):
            measured = packages.read_table(table)[0]
            tables = {table: [measured]}
            with mock.patch.object(packages, "read_table", lambda path=packages.TABLE: tables.get(path, [*own, measured])):
                with self.assertRaisesRegex(packages.FetchError, "in a table of the evaluation"):
                    read_table()


if __name__ == "__main__":
    unittest.main()
