"""Makes the labelled records of one half and writes them as JSON lines, one shard a class.

A record: `{"id", "text", "label": {"class", "group", "passage_id", "session", "sessions", "planted"}}`. `planted` is in
bytes of `text`. Records of one `group` (two for a text split in two) count as one try. Everything follows from the seed.
"""

import hashlib
import json
from pathlib import Path
from random import Random

from .classes import CLASSES, Class, Draw, draw_part, eligible
from .formatters import Formatted
from .humans import Hosts, HumanFile
from .passages import Owners, Passage
from .piece import Piece

# Turns through all passages of a class before it is content with fewer records.
TURNS_MAX = 60


class ShardWriter:
    """JSON lines to a file, with a running SHA-256."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "wb")
        self.sha256 = hashlib.sha256()
        self.count = 0

    def write(self, record: dict) -> None:
        """Appends one record."""
        line = json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"
        self._file.write(line)
        self.sha256.update(line)
        self.count += 1

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, *_) -> None:
        self._file.close()


def make_class(cls: Class, passages: list[Passage], owners: Owners, hosts: Hosts, formatted: Formatted,
               count: int, seed: int) -> list[list[dict]]:
    """Up to `count` groups of records. All passages once, in random order, then all again with other draws.

    No two groups have the same text, so a class can stay short of `count`.
    """
    rng = Random(f"{seed} {cls.name}")
    pool = eligible(cls, passages)
    rng.shuffle(pool)
    groups, seen = [], set()
    for turn in range(TURNS_MAX):
        for passage in pool:
            if len(groups) == count:
                return groups
            if cls.short and turn > 0:
                return groups  # a whole short output has no other part to draw
            draw = Draw(passage, draw_part(cls, passage, turn, rng), turn, hosts, formatted, rng)
            pieces = cls.recipe(draw)
            key = tuple(piece.text for piece in pieces) if pieces else ()
            if not pieces or not any(piece.planted for piece in pieces) or key in seen:
                continue
            seen.add(key)
            groups.append(to_records(cls, f"{cls.name}-{len(groups):04d}", draw, pieces, owners))
    return groups


def to_records(cls: Class, group: str, draw: Draw, pieces: list[Piece], owners: Owners) -> list[dict]:
    """The labelled records of one group."""
    sessions = owners.of(draw.part, draw.passage.session)
    records = []
    for i, piece in enumerate(pieces):
        label = {"class": cls.name, "group": group, "passage_id": draw.passage.passage_id,
                 "session": draw.passage.session, "sessions": sessions, "planted": piece.byte_ranges()}
        name = group if len(pieces) == 1 else f"{group}.{i}"
        records.append({"id": name, "text": piece.text, "label": label})
    return records


def write_planted(directory: Path, passages: list[Passage], owners: Owners, hosts: Hosts, formatted: Formatted,
                  count: int, seed: int, tools: bool) -> dict:
    """Writes all classes; returns per class the records' labels and the number of passages used.

    Without `tools` the classes that need a formatter or a highlighter are left out.
    """
    classes = {}
    for cls in CLASSES:
        if cls.tools and not tools:
            continue
        groups = make_class(cls, passages, owners, hosts, formatted, count, seed)
        with ShardWriter(directory / f"{cls.name}.jsonl") as shard:
            for record in (record for group in groups for record in group):
                shard.write(record)
        labels = {record["id"]: record["label"] for group in groups for record in group}
        classes[cls.name] = {"title": cls.title, "labels": labels, "groups": len(groups), "sha256": shard.sha256.hexdigest(),
                             "passages": len({label["passage_id"] for label in labels.values()})}
    return classes


def write_innocent(path: Path, files: list[HumanFile]) -> str:
    """Writes one record a human file; returns the shard's SHA-256."""
    with ShardWriter(path) as shard:
        for file in files:
            shard.write({"id": file.record_id, "text": file.text()})
    return shard.sha256.hexdigest()


def read_shard(path: Path):
    """Yields (id, text) of a shard written here."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield record["id"], record["text"]
