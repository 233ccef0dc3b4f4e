"""Tests of lexer, pieces, containers and rewrites."""

import gzip
import html
import json
import tempfile
import unittest
from pathlib import Path
from random import Random

from . import containers, humans, rewrite
from .lexer import KEYWORDS, tokens
from .piece import Piece, join

GO = '''package main

// Sum adds numbers. It's "quoted" here.
func Sum(values []int, label string) int {
\ttotal := 0 // start
\tfor _, value := range values {
\t\ttotal += value
\t}
\tfmt.Println("total // not a comment", label, `raw`)
\treturn total
}

func One() int { return 1 }

// Two is two.
func Two() int {
\treturn 2
}
'''
PYTHON = '''def area(width, height):
    """The area."""
    # plain
    text = "# not a comment"
    return width * height  # product
'''
ESCAPED = 'a "b" \\ <c> & é\tx\n\n\'d\'\n'


class Lexer(unittest.TestCase):
    def test_joined_tokens_give_the_text_back(self):
        for text in (GO, PYTHON, ESCAPED, "'unclosed", '"""open', "/* open", ""):
            for family in ("hash", "slash", "slash-quotes"):
                self.assertEqual(text, "".join(t.text for t in tokens(text, family)), (text, family))

    def test_a_comment_leader_in_a_string_is_no_comment(self):
        self.assertEqual(["// Sum adds numbers. It's \"quoted\" here.", "// start", "// Two is two."],
                         [t.text for t in tokens(GO, "slash") if t.kind == "comment"])

    def test_a_rust_lifetime_is_no_string(self):
        self.assertNotIn("string", {t.kind for t in tokens("fn f<'a>(x: &'a str, y: &'a str) {}", "slash")})


class Prose(unittest.TestCase):
    LIST = "Take care:\n\n- one\n- two\n  * inner\n\n1. first\n2) second\n"

    def test_lists_get_other_marks_and_keep_their_words(self):
        changed = rewrite.relist(self.LIST, "a.md", Random(1))
        self.assertEqual("Take care:\n\n1. one\n2. two\n  3. inner\n\n* first\n* second\n", changed)
        self.assertIsNone(rewrite.relist("No list.\n- but one\n", "a.md", Random(1)))

    def test_what_is_wrapped_is_what_is_marked_as_planted(self):
        text = "Is 1 < 2?\n\nIt is, said \"he\".\n"
        for container in (containers.document, containers.html_page, containers.mail_quote, containers.commit_message):
            piece = container(Piece.whole(text), "a.md", Random(1))
            planted = "\n".join(piece.text.encode()[start:end].decode() for start, end in piece.planted)
            self.assertEqual(text.split(), html.unescape(planted).replace("> ", "").split(), container.__name__)

    def test_the_comment_of_a_review_is_json_that_gives_the_text_back(self):
        piece = containers.review_comment(Piece.whole("Is \"it\" so?\n\nIt is.\n"), "a.py", Random(1))
        self.assertEqual("Is \"it\" so?\r\n\r\nIt is.\r\n", json.loads(piece.text)["body"])
        self.assertEqual([r'Is \"it\" so?\r\n\r\nIt is.\r\n'], [piece.text.encode()[a:b].decode() for a, b in piece.planted])


class Documents(unittest.TestCase):
    def test_documents_are_known_by_their_paths(self):
        for path in ("README", "doc/README.md", "CHANGES.rst", "a/guide.txt", "man/man1/npm.1", "man4/pci.4freebsd"):
            self.assertTrue(humans.is_document(path), path)
        for path in ("a.py", "testdata/script/a.txt", "x.dist-info/top_level.txt", "CMakeLists.txt", "requirements-dev.txt"):
            self.assertFalse(humans.is_document(path), path)

    def test_packed_documents_are_read_unpacked(self):
        with tempfile.TemporaryDirectory() as directory:
            text = "A manual, as it is shipped.\n" * 20
            (Path(directory) / "a.1.gz").write_bytes(gzip.compress(text.encode()))
            (Path(directory) / "a.py").write_text(text, encoding="utf-8")
            found = humans.list_documents("p", Path(directory), set())
            self.assertEqual([("p/a.1.gz", text)], [(file.record_id, file.text()) for file in found])


class Pieces(unittest.TestCase):
    def test_ranges_move_when_pieces_are_joined(self):
        piece = join([Piece.human("ab"), Piece.whole("cd"), Piece.whole("e"), Piece.human("f"), Piece.whole("g")])
        self.assertEqual(((2, 5), (6, 7)), piece.planted)
        added = Piece.human("ab") + Piece.whole("cd") + Piece.whole("e") + Piece.human("f") + Piece.whole("g")
        self.assertEqual(piece, added)

    def test_lines_keep_their_ranges(self):
        piece = Piece("one\ntwo\nthree", ((2, 6),))
        self.assertEqual([((2, 4),), ((0, 2),), ()], [line.planted for line in piece.lines()])
        self.assertEqual(piece, join(piece.lines()))

    def test_byte_ranges_count_bytes(self):
        self.assertEqual([[3, 6]], Piece("é-éx-", ((2, 4),)).byte_ranges())


class Containers(unittest.TestCase):
    def planted_text(self, piece: Piece) -> str:
        return "".join(piece.text[start:end] for start, end in piece.planted)

    def test_what_a_container_labels_is_the_text(self):
        piece = Piece.human("human é\n") + Piece.whole(ESCAPED) + Piece.human("more <\n")
        rng = Random(1)
        made = containers.json_string(piece, "a.py", rng)
        self.assertEqual(piece.text, json.loads(made.text)["content"])
        self.assertEqual(ESCAPED, json.loads(f'"{self.planted_text(made)}"'))
        made = containers.html_escaped(piece, "a.py", rng)
        self.assertEqual(ESCAPED, html.unescape(self.planted_text(made)))
        made = containers.markdown_fence(piece, "a.py", rng)
        self.assertEqual(ESCAPED, self.planted_text(made))

    def test_a_notebook_is_json_with_the_text_as_source(self):
        made = containers.notebook(Piece.whole(ESCAPED), "a.py", Random(1))
        self.assertEqual(ESCAPED, "".join(json.loads(made.text)["cells"][1]["source"]))
        self.assertEqual(1, len(made.planted))

    def test_prefixed_containers_keep_every_line(self):
        lines = GO.splitlines()
        for container, prefix in ((containers.commented_out, 3), (containers.line_numbers, 7)):
            made = container(Piece.whole(GO), "a.go", Random(1))
            self.assertEqual(lines, [line[prefix:] for line in made.text.splitlines()])
            self.assertEqual(((0, len(made.text)),), made.planted)
        made = containers.unified_diff(Piece.whole(GO), "a.go", Random(1))
        self.assertEqual(lines, [line[1:] for line in self.planted_text(made).splitlines()])
        self.assertIn(f"@@ -0,0 +1,{len(lines)} @@", made.text)


class Rewrites(unittest.TestCase):
    def test_the_same_seed_gives_the_same_text(self):
        changes = [rewrite.reflow, rewrite.reindent, rewrite.strip_comments, rewrite.rename(0.4), rewrite.edit(0.2),
                   rewrite.reorder]
        for change in changes:
            self.assertEqual(change(GO, "a.go", Random(3)), change(GO, "a.go", Random(3)))

    def test_layout_changes_keep_every_word(self):
        for change in (rewrite.reflow, rewrite.reindent):
            for text, path in ((GO, "a.go"), ("# Title\n\nSome prose that is long enough to be wrapped at fifty.\n", "a.md")):
                made = change(text, path, Random(4))
                if made is not None:
                    self.assertEqual(text.split(), made.split())
                    self.assertNotEqual(text, made)

    def test_comments_and_docstrings_go_and_code_stays(self):
        made = rewrite.strip_comments(GO, "a.go", Random(1))
        self.assertNotIn("Sum adds", made)
        self.assertIn('"total // not a comment"', made)
        made = rewrite.strip_comments(PYTHON, "a.py", Random(1))
        self.assertEqual('def area(width, height):\n    text = "# not a comment"\n    return width * height\n', made)
        self.assertIsNone(rewrite.strip_comments("x = 1\n", "a.py", Random(1)))
        self.assertIsNone(rewrite.strip_comments(GO, "a.md", Random(1)))

    def test_renaming_is_consistent_and_spares_keywords_strings_and_comments(self):
        made = rewrite.rename(1.0)(GO, "a.go", Random(5))
        old, new = tokens(GO, "slash"), tokens(made, "slash")
        self.assertEqual([t.kind for t in old], [t.kind for t in new])
        names = {}
        for before, after in zip(old, new):
            if before.kind != "word" or before.text in KEYWORDS:
                self.assertEqual(before.text, after.text)
            else:
                self.assertNotEqual(before.text, after.text)
                self.assertEqual(after.text, names.setdefault(before.text, after.text))

    def test_editing_changes_the_share_of_lines_that_was_asked_for(self):
        text = "".join(f"line {i} of many words\n" for i in range(200))
        made = rewrite.edit(0.1)(text, "a.py", Random(6)).splitlines()
        kept = set(text.splitlines()) & set(made)
        added = [line for line in made if "(" in line]
        self.assertEqual(20, 200 - len(kept) + len(added))

    def test_reordering_keeps_every_line_and_moves_some(self):
        made = rewrite.reorder(GO, "a.go", Random(7))
        self.assertEqual(sorted(GO.splitlines()), sorted(made.splitlines()))
        self.assertNotEqual(GO, made)
        self.assertIn("// Two is two.\nfunc Two()", made)
        self.assertIsNone(rewrite.reorder("x = 1\n", "a.py", Random(7)))


if __name__ == "__main__":
    unittest.main()
