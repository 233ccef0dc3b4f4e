"""The usual methods, in the plainest way, to compare with: any shared 13-gram, MinHash, winnowing.

Each sees the same passages and the same records, one record at a time, without containers being opened. 64-bit hashes
of tokens stand for tokens; at this size a false match by hash is out of the question.
"""

import re
from hashlib import blake2b

import numpy

from .passages import Passage

_WORDS = re.compile(r"\w+")
_TOKENS = re.compile(r"\w+|[^\w\s]")
_MULTIPLIER = numpy.uint64(0x9E3779B97F4A7C15)

FALSE_POSITIVE_SHARE_MAX = 1 / 10_000
# What the baselines see, picked by hash: all of it would take an hour. Files of the other half for the threshold, innocent
# files of the measured half, and tries of a class.
THRESHOLD_MAX = 10_000
INNOCENT_MAX = 2_000
GROUPS_MAX = 100


class Hasher:
    """Token to 64 bits, remembered."""

    def __init__(self):
        self._known: dict[str, int] = {}
        self._last: tuple[str, numpy.ndarray] = ("", numpy.empty(0, dtype=numpy.uint64))

    def words(self, text: str) -> numpy.ndarray:
        """Of the words of `text`, without regard to case; the last text is remembered, as several methods ask for it."""
        if self._last[0] is not text:
            self._last = (text, self.hashes(_WORDS.findall(text.lower())))
        return self._last[1]

    def hashes(self, found: list[str]) -> numpy.ndarray:
        """One number a token."""
        known = self._known
        for token in set(found) - known.keys():
            known[token] = int.from_bytes(blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        return numpy.fromiter((known[token] for token in found), dtype=numpy.uint64, count=len(found))


def grams(hashes: numpy.ndarray, k: int) -> numpy.ndarray:
    """The hash of each run of `k` tokens, in order."""
    count = len(hashes) - k + 1
    if count <= 0:
        return numpy.empty(0, dtype=numpy.uint64)
    result = numpy.zeros(count, dtype=numpy.uint64)
    for i in range(k):
        result = (result ^ hashes[i:i + count]) * _MULTIPLIER
        result ^= result >> numpy.uint64(29)
    return result


class SharedGram:
    """Flags a record that shares any run of 13 words with any passage."""

    name, title = "gram13", "any shared 13-gram"

    def __init__(self, passages: list[Passage], hasher: Hasher):
        self._hasher = hasher
        parts = [self._grams("".join(p.authored)) for p in passages]
        self._known = numpy.unique(numpy.concatenate(parts))

    def _grams(self, text: str) -> numpy.ndarray:
        return grams(self._hasher.words(text), 13)

    def score(self, text: str) -> float:
        """Runs shared."""
        found = self._grams(text)
        places = numpy.searchsorted(self._known, found)
        return float((self._known[numpy.minimum(places, len(self._known) - 1)] == found).sum())

    threshold = 1.0


class MinHash:
    """Flags a record whose sketch (128 permutations, sets of 5-word shingles) resembles a passage's at 0.8 or more."""

    name, title = "minhash", "MinHash 0.8"
    threshold = 0.8

    def __init__(self, passages: list[Passage], hasher: Hasher):
        self._hasher = hasher
        random = numpy.random.default_rng(7)
        self._factors = random.integers(1, 2**63, 128, dtype=numpy.uint64) * numpy.uint64(2) + numpy.uint64(1)
        self._offsets = random.integers(0, 2**63, 128, dtype=numpy.uint64)
        sketches = [self._sketch("".join(p.authored)) for p in passages]
        self._sketches = numpy.stack([sketch for sketch in sketches if sketch is not None])

    def _sketch(self, text: str) -> numpy.ndarray | None:
        shingles = numpy.unique(grams(self._hasher.words(text), 5))
        if not len(shingles):
            return None
        sketch = numpy.full(128, numpy.uint64(2**64 - 1))
        for start in range(0, len(shingles), 4096):  # bounds the memory of a long text
            part = shingles[start:start + 4096]
            permuted = part[:, None] * self._factors[None, :] + self._offsets[None, :]
            sketch = numpy.minimum(sketch, (permuted ^ (permuted >> numpy.uint64(32))).min(axis=0))
        return sketch

    def score(self, text: str) -> float:
        """The estimated resemblance to the most similar passage."""
        sketch = self._sketch(text)
        return 0.0 if sketch is None else float((self._sketches == sketch).mean(axis=1).max())


class Winnowing:
    """Counts the fingerprints (k = 5 tokens, w = 4) shared with one passage; the threshold is chosen on the tune half."""

    name, title = "winnowing", "winnowing k5 w4"

    def __init__(self, passages: list[Passage], hasher: Hasher):
        self._hasher = hasher
        self.threshold = float("inf")
        prints = [self._prints("".join(p.authored)) for p in passages]
        fingerprints = numpy.concatenate(prints)
        owners = numpy.repeat(numpy.arange(len(prints)), [len(p) for p in prints])
        order = numpy.argsort(fingerprints, kind="stable")
        self._fingerprints, self._owners = fingerprints[order], owners[order]

    def _prints(self, text: str) -> numpy.ndarray:
        hashes = grams(self._hasher.hashes(_TOKENS.findall(text)), 5)
        if len(hashes) < 4:
            return numpy.unique(hashes)
        count = len(hashes) - 3
        return numpy.unique(numpy.min([hashes[i:i + count] for i in range(4)], axis=0))

    def score(self, text: str) -> float:
        """The most fingerprints shared with one passage."""
        prints = self._prints(text)
        left = numpy.searchsorted(self._fingerprints, prints, "left")
        right = numpy.searchsorted(self._fingerprints, prints, "right")
        owners = [self._owners[a:b] for a, b in zip(left, right) if a < b]
        return float(numpy.bincount(numpy.concatenate(owners)).max()) if owners else 0.0

    def choose_threshold(self, innocent) -> None:
        """The lowest threshold that flags at most 1 in 10,000 of the texts `innocent`."""
        scores = sorted((self.score(text) for text in innocent), reverse=True)
        allowed = int(len(scores) * FALSE_POSITIVE_SHARE_MAX)
        self.threshold = scores[allowed] + 1 if len(scores) > allowed else 1.0


def make_baselines(passages: list[Passage], innocent_tune) -> list:
    """All baselines, ready to score; `innocent_tune`: texts of the tune half for the one with a threshold to choose."""
    hasher = Hasher()
    winnowing = Winnowing(passages, hasher)
    winnowing.choose_threshold(innocent_tune)
    return [SharedGram(passages, hasher), MinHash(passages, hasher), winnowing]
