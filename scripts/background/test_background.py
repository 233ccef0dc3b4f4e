"""Tests of what goes into the corpus. Run by `PYTHONPATH=scripts python3 -m unittest background.test_background`."""

import tempfile
import unittest
from pathlib import Path

from . import corpus, licences
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


class Table(unittest.TestCase):
    def test_every_package_is_pinned_and_named_once(self) -> None:
        table = read_table()
        self.assertTrue(all(len(package.sha256) == 64 for package in table))
        self.assertEqual(len(table), len({(package.source, package.name) for package in table}))


if __name__ == "__main__":
    unittest.main()
