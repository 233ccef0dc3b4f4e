"""Tests of passages, halves, corpus, figures and tables."""

import json
import tempfile
import unittest
from pathlib import Path
from random import Random

from . import aims, corpus, humans, measure, negatives, packages, table
from .classes import CLASSES, Draw
from .passages import Owners, Passage, read_passages, split_sessions, to_passage
from .seepage import Finding, Scan, SeepageError, best, read_findings


def passage(session: str, count: int, name: str = "a.go", start: int = 0) -> Passage:
    """A passage of `count` lines of Go with comments and functions."""
    lines = []
    for i in range(start, start + count):
        lines.append(("// note {0} on it\n", "func name{0}(value{0} int) int {{\n", "\treturn value{0} + {0}, other\n",
                      "}}\n")[i % 4].format(i))
    return Passage(f"{session}/{name}/{start}", session, name, tuple(lines), tuple(lines))


def document(session: str, count: int) -> Passage:
    """A passage of `count` lines of prose: a list."""
    lines = tuple(f"- point {i} of {session} is one of many\n" for i in range(count))
    return Passage(f"{session}/document", session, "unnamed.txt", lines, lines, is_prose=True)


def finding(record: str, tier: str, session: str, spans=((0, 10),), matched: int = 10) -> Finding:
    return Finding(record, tier, "rule", session, "1", 1.0, matched, tuple(spans))


class FakeHosts:
    """In the place of human files."""

    def draw(self, rng: Random) -> list[str]:
        return [f"human line {rng.randrange(1000)} of {i}\n" for i in range(60)]


class Passages(unittest.TestCase):
    def test_spans_are_bytes_and_short_ones_are_left_out_of_the_solid_text(self):
        text = "é one\n" + "quoted\n" + "".join(f"line {i}\n" for i in range(6))
        row = {"passage_id": 7, "session_id": "s", "file_path": None, "text": text, "spans": [[0, 7], [14, len(text.encode())]]}
        made = to_passage(row)
        self.assertEqual("é one\n", made.authored[0])
        self.assertEqual(7, len(made.authored))
        self.assertEqual(6, len(made.solid))

    def test_a_damaged_export_is_refused_with_its_line(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "p.jsonl")
            for damaged in ("{", "[]", '{"text": 1}', '{"passage_id": 1, "session_id": "s", "text": "é", "spans": [[0, 1]]}',
                            '{"passage_id": 1, "session_id": "s", "text": "e", "spans": [[0, 2]]}'):
                path.write_text(damaged + "\n", encoding="utf-8")
                with self.assertRaisesRegex(ValueError, "line 1 is no passage"):
                    read_passages(path)

    def test_each_session_is_in_one_half_and_the_halves_are_even(self):
        passages = [passage(f"s{i}", 40 + i) for i in range(20)] + [passage("s3", 50, "b.go")]
        halves = split_sessions(passages)
        self.assertEqual(halves, split_sessions(passages[::-1]))
        long = {half: sum(halves[p.session] == half for p in passages) for half in ("tune", "report")}
        self.assertLessEqual(abs(long["tune"] - long["report"]), 1)

    def test_sessions_with_the_same_lines_all_own_them(self):
        owners = Owners([passage("a", 40), passage("b", 40), passage("c", 40, start=100)])
        self.assertEqual(["a", "b"], owners.of("".join(passage("a", 20).authored), "a"))
        self.assertEqual(["b"], owners.of("never written\n", "b"))


class Corpus(unittest.TestCase):
    def test_every_class_makes_labelled_records_and_the_same_ones_again(self):
        passages = [passage(f"s{i}", 60, start=1000 * i) for i in range(3)]
        passages += [passage(f"t{n}", n, start=5000 + 100 * n) for n in (3, 5, 10, 20)]
        passages += [document(f"d{i}", 60) for i in range(3)]
        owners = Owners(passages)
        for cls in (cls for cls in CLASSES if not cls.tools):
            groups = corpus.make_class(cls, passages, owners, FakeHosts(), {}, 9, 1)
            self.assertGreaterEqual(len(groups), 1 if cls.short else 9, cls.name)
            self.assertEqual(groups, corpus.make_class(cls, passages, owners, FakeHosts(), {}, 9, 1))
            for record in (record for group in groups for record in group):
                size = len(record["text"].encode())
                planted = record["label"]["planted"]
                self.assertTrue(planted and all(0 <= start < end <= size for start, end in planted), cls.name)
                self.assertEqual(planted, [list(span) for span in measure.union([tuple(s) for s in planted])])

    def test_an_excerpt_stands_where_the_label_says(self):
        cls = next(cls for cls in CLASSES if cls.name == "T4-10")
        source = passage("s", 60)
        part = source.window(10, Random(3))
        pieces = cls.recipe(Draw(source, part, 0, FakeHosts(), {}, Random(4)))
        (start, end), = pieces[0].planted
        self.assertEqual(part, pieces[0].text[start:end])
        self.assertEqual(60, pieces[0].text.count("human line"))

    def test_no_class_name_stands_twice(self):
        self.assertEqual(len(CLASSES), len({cls.name for cls in CLASSES}))
        self.assertLessEqual(set(aims.RECALL), {cls.name for cls in CLASSES})


class Figures(unittest.TestCase):
    def test_wilson_intervals_are_those_of_the_textbook(self):
        for hits, tries, low, high in ((0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)):
            found = measure.wilson(hits, tries)
            self.assertAlmostEqual(low, found[0], 4)
            self.assertAlmostEqual(high, found[1], 4)

    def test_unions_and_intersections_agree_with_sets_of_bytes(self):
        rng = Random(5)
        for _ in range(300):
            sides = [[(s, s + rng.randrange(6)) for s in (rng.randrange(40) for _ in range(rng.randrange(6)))]
                     for _ in range(2)]
            sets = [{b for start, end in side for b in range(start, end)} for side in sides]
            unions = [measure.union(side) for side in sides]
            for one, expected in zip(unions, sets):
                self.assertEqual(sorted(expected), [b for start, end in one for b in range(start, end)])
            common = measure.intersection(*unions)
            self.assertEqual(sorted(sets[0] & sets[1]), [b for start, end in common for b in range(start, end)])

    def test_recall_attribution_and_spans_of_a_class(self):
        def label(group, planted):
            return {"group": group, "sessions": ["right"], "planted": planted}
        labels = {"a": label("a", [[0, 100]]), "b": label("b", [[0, 100]]), "c.0": label("c", [[0, 50]]),
                  "c.1": label("c", [[0, 50]]), "d": label("d", [[0, 9]])}
        scan = Scan({"a": [finding("a", "near", "wrong", [(50, 110)], 60), finding("a", "near", "right", [(40, 60)], 20)],
                     "b": [finding("b", "weak", "right")], "c.1": [finding("c.1", "exact", "right", [(0, 50)])],
                     "d": [finding("d", "brief", "right", [(0, 9)])]}, {})
        row = measure.measure_class(labels, scan, brief=False)
        self.assertEqual((2, 4), (row["recall"]["hits"], row["recall"]["tries"]))
        self.assertEqual(1, row["all_parts"]["hits"])
        self.assertEqual((1, 2), (row["attribution"]["hits"], row["attribution"]["tries"]))
        self.assertEqual(2, row["attribution_any"]["hits"])
        self.assertEqual((150, 110, 120, 10), tuple(row[k] for k in ("planted_bytes", "covered_bytes", "spanned_bytes",
                                                                     "beyond_bytes")))
        self.assertEqual(3, measure.measure_class(labels, scan, brief=True)["recall"]["hits"])

    def test_the_surest_tier_leads(self):
        rows = [finding("a", "weak", "x", matched=99), finding("a", "near", "y", matched=5), finding("a", "near", "z", matched=7)]
        self.assertEqual(["z", "y"], [row.session for row in best(rows)])

    def test_a_false_positive_counts_once_and_under_its_surest_tier(self):
        scan = Scan({"r": [finding("r", "weak", "x"), finding("r", "exact", "x", [(2, 5)])], "q": [finding("q", "brief", "x")]},
                    {"records_judged": 5, "records": {"read": 1000}, "bytes_judged": 1, "text_bytes": 4})
        row = measure.measure_innocent(scan, lambda record: b"ab<!>cd", 1000)
        self.assertEqual({"exact": 1, "near": 0, "blind": 0, "brief": 1, "weak": 0}, row["by_tier"])
        self.assertEqual((1, 0.005, 0.25), (row["flagged"]["hits"], row["judged_records"], row["judged_bytes"]))
        self.assertEqual("<!>cd", row["top"][0]["excerpt"])

    def test_a_damaged_finding_is_refused_with_its_line(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "f.jsonl")
            for damaged in ("{", "[]", '{"record_id": "a"}'):
                path.write_text(damaged + "\n", encoding="utf-8")
                with self.assertRaisesRegex(SeepageError, "line 1 is no finding"):
                    read_findings(path)


class Tables(unittest.TestCase):
    def test_text_of_others_cannot_leave_its_cell(self):
        self.assertEqual("a \\| b 'c' d", table.cell("a | b\n`c`\x1b d"))

    def test_a_class_that_falls_by_more_than_a_point_is_named(self):
        def result(share, flagged=0):
            return {"classes": {"T0": {"recall": {"share": share}}}, "innocent": {"flagged": {"hits": flagged}}, "negatives": {}}
        before = {"recall": {"T0": 0.95}, "flagged": {"innocent": 0}}
        self.assertEqual([], table.falls(before, result(0.94, 1)))
        self.assertEqual(1, len(table.falls(before, result(0.939))))
        self.assertEqual(1, len(table.falls(before, result(0.95, 2))))
        self.assertEqual(1, len(table.falls(before, {**result(1.0), "classes": {}})))


class Humans(unittest.TestCase):
    def test_no_package_is_in_the_built_in_background_too(self):
        other = packages.TABLE.parents[1] / "background" / "packages.tsv"
        if not other.exists():
            self.skipTest("the checkout has no table of the background")
        ours, documents, theirs = ({(p.source, p.name.lower()) for p in packages.read_table(path)}
                                   for path in (packages.TABLE, packages.DOCUMENTS_TABLE, other))
        self.assertEqual(set(), (ours | documents) & theirs)

    def test_every_package_is_pinned_once_and_by_digest(self):
        rows = packages.read_table()
        self.assertEqual(len(rows), len({row.key for row in rows}))
        for row in rows:
            self.assertRegex(row.sha256, "^[0-9a-f]{64}$", row.key)
            self.assertIn(row.source, packages.SOURCES)

    def test_files_are_text_of_known_kinds_and_no_copy_comes_twice(self):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            good = "x = 1\n" * 50
            contents = {"a.py": good, "copy.py": good, "b.bin": good, "short.py": "x", "LICENSE": "licence " * 40,
                        "nul.py": "\0" * 300}
            for name, text in contents.items():
                (root / name).write_text(text, encoding="utf-8")
            (root / "latin.py").write_bytes(b"\xe9" * 300)
            found = humans.list_files("p", root, set())
            self.assertEqual({"LICENSE", "a.py"}, {file.path for file in found})
            self.assertEqual(1, len(humans.list_files("p", root, set(), limit=1)))

    def test_invented_sessions_are_json_lines_that_quote_the_whole_file(self):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for i in range(3):
                (root / f"{i}.py").write_text("".join(f"value_{i}_{n} = {n}\n" for n in range(40)), encoding="utf-8")
            files = negatives.pick(humans.list_files("p", root, set()), 3)
            done = negatives.write_sessions(root / "s", files, ["Licence text\n"], 1)
            self.assertEqual(set(negatives.KINDS), set(done.values()))
            rows = [json.loads(line) for path in sorted((root / "s").iterdir()) for line in path.read_text().splitlines()]
            told = json.dumps(rows)
            for file in files:
                self.assertIn(json.dumps(file.text().splitlines()[-1])[1:-1], told)


if __name__ == "__main__":
    unittest.main()
