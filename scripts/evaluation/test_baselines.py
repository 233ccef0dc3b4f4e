"""Tests of the baselines; without numpy there is nothing to test."""

import unittest
from random import Random

from .passages import Passage

try:
    from . import baselines
except ImportError:
    baselines = None


def words(seed: int, count: int) -> str:
    """A text of random words."""
    rng = Random(seed)
    return " ".join(f"w{rng.randrange(10**6)}" for _ in range(count))


def passages() -> list[Passage]:
    return [Passage(str(i), "s", "a.py", (words(i, 200) + "\n",), ()) for i in range(5)]


@unittest.skipIf(baselines is None, "numpy is not installed")
class Baselines(unittest.TestCase):
    def test_thirteen_shared_words_are_found_and_twelve_are_not(self):
        method = baselines.SharedGram(passages(), baselines.Hasher())
        shared = words(2, 200).split()
        self.assertEqual(1, method.score(words(9, 50) + " " + " ".join(shared[40:53]) + " " + words(8, 50)))
        self.assertEqual(0, method.score(words(9, 50) + " " + " ".join(shared[40:52]) + " " + words(8, 50)))

    def test_minhash_is_near_the_exact_resemblance(self):
        method = baselines.MinHash(passages(), baselines.Hasher())
        text = words(3, 200).split()
        self.assertEqual(1.0, method.score(" ".join(text)))
        cut = text[:150]

        def shingles(found):
            return {tuple(found[i:i + 5]) for i in range(len(found) - 4)}
        exact = len(shingles(text) & shingles(cut)) / len(shingles(text) | shingles(cut))
        # Three standard errors of 128 permutations.
        self.assertAlmostEqual(exact, method.score(" ".join(cut)), delta=3 * (exact * (1 - exact) / 128) ** 0.5)
        self.assertEqual(0.0, method.score("too few words"))

    def test_winnowing_sees_eight_shared_tokens_and_counts_one_passage(self):
        method = baselines.Winnowing(passages(), baselines.Hasher())
        for start in range(0, 190, 7):
            shared = " ".join(words(1, 200).split()[start:start + 8])
            self.assertGreaterEqual(method.score(words(7, 30) + " " + shared + " " + words(6, 30)), 1)
        self.assertEqual(0, method.score(words(7, 100)))
        self.assertGreater(method.score(words(1, 200)), 60)

    def test_the_threshold_lets_one_in_ten_thousand_through(self):
        method = baselines.Winnowing(passages(), baselines.Hasher())
        method.choose_threshold([words(1, 200), words(9, 50), words(2, 20)])
        self.assertEqual(method.score(words(1, 200)) + 1, method.threshold)


if __name__ == "__main__":
    unittest.main()
