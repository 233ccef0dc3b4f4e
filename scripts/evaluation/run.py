"""One evaluation from end to end: human files, index, shards, scans, figures."""

import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from . import ballast, corpus, formatters, humans, measure, negatives, seepage, table
from .humans import Hosts, HumanFile
from .packages import DOCUMENTS_TABLE, Package, fetch_all, read_table
from .passages import LONG_LINES, Owners, Passage, digest, read_passages, split_sessions

PRETTIER = Package("npm", "prettier", "2.5.1", "2021-12", "tool",
                   "2db9110490a01474032b198cca7e279866bb6dd8bcab3ed81eccfd1478164e6c")


@dataclass(frozen=True)
class Options:
    """What to measure. `records`: a class; `originals`: human files that invented sessions read."""

    root: Path
    logs: list[Path]
    binary: Path
    directory: Path
    half: str
    seed: int
    records: int
    innocent: int
    originals: int
    # Megabytes of other people's code that the index holds besides.
    ballast: int
    small: bool
    baselines: bool
    build_args: list[str]
    scan_args: list[str]


@dataclass(frozen=True)
class Human:
    """Human files of the half that is measured, apart by use, and of the other half for the baselines' threshold.

    `documents`: of packages that are fetched for them, and of both halves; with ballast, of the half that is measured.
    """

    innocent: list[HumanFile]
    originals: list[HumanFile]
    licensed: list[HumanFile]
    other_half: list[HumanFile]
    documents: list[HumanFile]
    packages: list[dict]


def evaluate(options: Options) -> dict:
    """All figures, as `table.json` holds them but for date and command."""
    work = options.directory / ("small" if options.small else options.half)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    human = gather_humans(options)
    tell(f"{len(human.innocent):,} innocent files")

    done = negatives.write_sessions(work / "sessions", human.originals, negatives.licence_texts(options.root), options.seed)
    weight = None
    if options.ballast:
        measured = human.innocent + human.originals + human.licensed
        weight = ballast.write_sessions(work / "sessions", human.other_half, measured, options.ballast,
                                        options.seed)
        tell(f"ballast: {weight}")
    index = work / "index.seepage"
    seepage.build_index(options.binary, [*options.logs, work / "sessions"], index, options.build_args)
    seepage.export_passages(options.binary, index, work / "passages.jsonl")
    everything = read_passages(work / "passages.jsonl")
    passages = [p for p in everything if not p.session.startswith(negatives.SESSION_PREFIX)]
    if not passages:
        raise ValueError("the logs hold no passage; give others with --logs")
    halves = split_sessions(passages)
    ours = [p for p in passages if halves[p.session] == options.half]
    tell(f"{len(passages):,} passages, {len(ours):,} in the {options.half} half")

    prettier = None if options.small else fetch_prettier(options.directory)
    formatted = {} if options.small else formatters.format_all(ours, work / "formatted", prettier, options.seed)
    classes = corpus.write_planted(work / "planted", ours, Owners(passages), Hosts(human.innocent), formatted,
                                   options.records, options.seed, tools=not options.small)
    corpus.write_innocent(work / "innocent" / "innocent.jsonl", human.innocent)
    tell(f"{sum(c['groups'] for c in classes.values()):,} planted records in {len(classes)} classes")

    result = {"half": options.half, "seed": options.seed, "index_digest": seepage.index_digest(options.binary, index),
              "corpus": {**describe(passages, ours, human, classes), "ballast": weight},
              "packages": human.packages}
    measure_planted(options, work, classes, result)
    measure_innocents(options, work, human, done, passages, result)
    result["baselines"] = run_baselines(work, everything, human, classes) if options.baselines else {}
    return result


def gather_humans(options: Options) -> Human:
    """Human files from the pinned packages, or from the standard library for the small version."""
    files, other, manuals, packages = [], [], [], []
    if options.small:
        files = humans.standard_library(10**9)
    else:
        table_rows = read_table()
        directories = fetch_all(table_rows, options.directory / "cache")
        seen: set[str] = set()
        for package in table_rows:
            half = humans.half_of(package)
            found = humans.list_files(package.key, directories[package.key], seen)
            (files if half == options.half else other).extend(found)
            packages.append(package_row(package, half, found))
        for package in read_table(DOCUMENTS_TABLE):
            directory = fetch_all([package], options.directory / "cache")[package.key]
            found = humans.list_documents(package.key, directory, seen)
            manuals.extend(found)
            packages.append(package_row(package, "documents", found))
    originals = negatives.pick(files, options.originals)
    reserved = {file.record_id for file in originals}
    licensed = [file for file in files if negatives.is_licensed(file) and file.record_id not in reserved]
    innocent = sorted((f for f in files if f.record_id not in reserved), key=lambda f: f.sha256)[:options.innocent]
    other = sorted(other, key=lambda f: f.sha256)[:options.innocent]
    # Documents of the ballast's own packages may quote its code.
    strangers = innocent if options.ballast else innocent + other
    documents = manuals + [file for file in strangers if humans.is_document(file.path)]
    return Human(innocent, originals, licensed, other, documents, packages)


def package_row(package: Package, half: str, files: list[HumanFile]) -> dict:
    """A row of the table of packages."""
    return {"source": package.source, "name": package.name, "version": package.version, "published": package.published,
            "languages": package.languages, "half": half, "files": len(files)}


def fetch_prettier(directory: Path) -> Path | None:
    """The script of prettier for node, or None where there is no node."""
    if shutil.which("node") is None:
        tell("node is not installed: T1a shows black only")
        return None
    return fetch_all([PRETTIER], directory / "cache")[PRETTIER.key] / "package" / "bin-prettier.js"


def describe(passages: list[Passage], ours: list[Passage], human: Human, classes: dict) -> dict:
    """What the corpus is made of, with digests."""
    human_digest = humans.digest(human.innocent)
    shards = "".join(row["sha256"] for row in classes.values())
    return {"passages": len(passages), "sessions": len({p.session for p in passages}), "half_passages": len(ours),
            "half_sessions": len({p.session for p in ours}), "long_passages": sum(len(p.solid) >= LONG_LINES for p in ours),
            "innocent": len(human.innocent), "human_packages": len({f.package for f in human.innocent}),
            "passages_digest": digest(passages), "human_digest": human_digest,
            "digest": hashlib.sha256((shards + human_digest).encode()).hexdigest()}


def measure_planted(options: Options, work: Path, classes: dict, result: dict) -> None:
    """Scans the planted records and fills `classes` and `overall`."""
    tell("scanning planted records")
    scan = seepage.scan(options.binary, work / "planted", work / "index.seepage", work / "planted-report", options.scan_args)
    result["classes"] = {
        name: {"title": row["title"], "passages": row["passages"],
               **measure.measure_class(row["labels"], scan, brief=name.startswith("S"))}
        for name, row in classes.items()}
    result["overall"] = table.overall(result["classes"])


def measure_innocents(options: Options, work: Path, human: Human, done: dict[str, str], passages: list[Passage],
                      result: dict) -> None:
    """Scans human text: the innocent files, and those that stand in a log; fills `innocent` and `negatives`."""
    tell("scanning innocent records")
    index = work / "index.seepage"
    scan = seepage.scan(options.binary, work / "innocent", index, work / "innocent-report", options.scan_args)
    by_id = {file.record_id: file for file in human.innocent}
    result["innocent"] = measure.measure_innocent(scan, lambda record: by_id[record].text().encode(), len(human.innocent))

    groups = {f"original-{kind}": [(f.record_id, f.text()) for f in human.originals if done[f.record_id] == kind]
              for kind in negatives.KINDS}
    groups["document"] = [(file.record_id, file.text()) for file in human.documents]
    groups["licence"] = [(file.record_id, file.text()) for file in human.licensed]
    groups["log-original"] = list(negatives.read_originals(options.logs).items())
    # An empty shard is one that could not be read.
    for name, records in ((name, records) for name, records in groups.items() if records):
        with corpus.ShardWriter(work / "negatives" / f"{name}.jsonl") as shard:
            for record, text in records:
                shard.write({"id": f"{name}: {record}", "text": text})
    scan = seepage.scan(options.binary, work / "negatives", index, work / "negatives-report", options.scan_args)
    result["negatives"] = {name: negatives.measure_group(name, records, scan, passages) for name, records in groups.items()}


def run_baselines(work: Path, passages: list[Passage], human: Human, classes: dict) -> dict:
    """The baselines on the same records; the one threshold is chosen on the innocent files of the other half."""
    from . import baselines  # numpy, which the small version does without

    other, innocent = human.other_half[:baselines.THRESHOLD_MAX], human.innocent[:baselines.INNOCENT_MAX]
    tell(f"baselines: threshold from {len(other):,} files of the other half")
    methods = baselines.make_baselines(passages, (file.text() for file in other))
    tell("baselines: planted records")
    rows = {method.name: {"title": method.title, "threshold": method.threshold, "recall": {}} for method in methods}
    for name, row in classes.items():
        hits = {method.name: set() for method in methods}
        groups = set(sorted({label["group"] for label in row["labels"].values()})[:baselines.GROUPS_MAX])
        for record, text in corpus.read_shard(work / "planted" / f"{name}.jsonl"):
            group = row["labels"][record]["group"]
            for method in methods if group in groups else ():
                if method.score(text) >= method.threshold:
                    hits[method.name].add(group)
        for method in methods:
            rows[method.name]["recall"][name] = measure.rate(len(hits[method.name]), len(groups))
    tell("baselines: innocent records")
    accused = dict.fromkeys(rows, 0)
    for file in innocent:
        text = file.text()
        for method in methods:
            accused[method.name] += method.score(text) >= method.threshold
    for method, row in rows.items():
        row["innocent"] = measure.rate(accused[method], len(innocent))
        long = [r["share"] for name, r in row["recall"].items() if name.startswith("T") and r["tries"]]
        row["mean_recall"] = sum(long) / len(long) if long else None
    return rows


def tell(line: str) -> None:
    """Progress, for people."""
    print(f"evaluate: {line}", file=sys.stderr, flush=True)
