"""From labels and findings to figures: recall, attribution, spans, false positives."""

from collections import Counter
from math import sqrt

from .seepage import FLAGGED, TIERS, Finding, Scan, best


def wilson(hits: int, tries: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % Wilson interval of a share; (0, 1) without a try."""
    if tries == 0:
        return 0.0, 1.0
    share = hits / tries
    centre = share + z * z / (2 * tries)
    spread = z * sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    scale = 1 + z * z / tries
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def rate(hits: int, tries: int) -> dict:
    """A share with its interval, as the JSON result has it."""
    low, high = wilson(hits, tries)
    return {"hits": hits, "tries": tries, "share": hits / tries if tries else None, "low": low, "high": high}


def flagged(findings: list[Finding], brief: bool = False) -> list[Finding]:
    """Those that accuse: tiers exact, near and blind, and on demand brief."""
    tiers = (*FLAGGED, "brief") if brief else FLAGGED
    return [finding for finding in findings if finding.tier in tiers]


def measure_class(labels: dict[str, dict], scan: Scan, brief: bool) -> dict:
    """Recall of one class, and over its found records: right session, bytes covered, bytes beyond.

    A group is found when any of its records is. `brief`: the tier counts too (for the classes of short outputs).
    """
    groups: dict[str, bool] = {}
    both: dict[str, bool] = {}
    named = named_any = records = planted = covered = spanned = beyond = 0
    tiers = Counter()
    for record, label in labels.items():
        found = flagged(scan.findings.get(record, []), brief)
        groups[label["group"]] = groups.get(label["group"], False) or bool(found)
        both[label["group"]] = both.get(label["group"], True) and bool(found)
        if not found:
            continue
        ranked = best(found)
        records += 1
        tiers[ranked[0].tier] += 1
        named += ranked[0].session in label["sessions"]
        named_any += any(finding.session in label["sessions"] for finding in ranked)
        ours = union([span for finding in found for span in finding.spans])
        truth = union([tuple(span) for span in label["planted"]])
        common = length(intersection(ours, truth))
        planted += length(truth)
        covered += common
        spanned += length(ours)
        beyond += length(ours) - common
    return {"recall": rate(sum(groups.values()), len(groups)), "all_parts": rate(sum(both.values()), len(both)),
            "tiers": dict(tiers), "attribution": rate(named, records), "attribution_any": rate(named_any, records),
            "planted_bytes": planted, "covered_bytes": covered, "spanned_bytes": spanned, "beyond_bytes": beyond}


def union(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending, disjoint spans of the same bytes."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif start < end:
            result.append((start, end))
    return result


def intersection(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What two ascending, disjoint lists share."""
    result, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            result.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def length(spans: list[tuple[int, int]]) -> int:
    """Bytes in disjoint spans."""
    return sum(end - start for start, end in spans)


def measure_innocent(scan: Scan, texts, count: int) -> dict:
    """False positives by tier and the top twenty; `texts(record id) -> bytes` gives the text for the excerpts.

    A record counts under the surest tier that it has; `flagged` is exact, near and blind together.
    """
    by_tier, worst = Counter(), []
    for record, findings in scan.findings.items():
        ranked = best(findings)
        by_tier[ranked[0].tier] += 1
        if ranked[0].tier != "weak":
            worst.append((TIERS.index(ranked[0].tier), -ranked[0].matched_bytes, record, ranked[0]))
    worst.sort(key=lambda row: row[:3])
    top = [{"record": record, "tier": finding.tier, "session": finding.session, "passage": finding.passage,
            "rule": finding.rule, "matched_bytes": finding.matched_bytes, "excerpt": excerpt(texts(record), finding)}
           for _, _, record, finding in worst[:20]]
    accused = sum(by_tier[tier] for tier in FLAGGED)
    return {"records": count, "flagged": rate(accused, count), "by_tier": {tier: by_tier[tier] for tier in TIERS},
            "brief": rate(by_tier["brief"], count), "top": top, **stage_two(scan.summary)}


def excerpt(text: bytes, finding: Finding) -> str:
    """The first 200 bytes that the finding points at."""
    start = finding.spans[0][0] if finding.spans else 0
    return text[start:start + 200].decode("utf-8", "replace")


def stage_two(summary: dict) -> dict:
    """Shares of records and of bytes that the judge read, from `summary.json`; None where it does not say."""
    def share(part, whole) -> float | None:
        return part / whole if isinstance(part, int) and isinstance(whole, int) and whole else None
    return {"judged_records": share(summary.get("records_judged"), summary.get("records", {}).get("read")),
            "judged_bytes": share(summary.get("bytes_judged"), summary.get("text_bytes")),
            "text_bytes": summary.get("text_bytes"), "seconds": summary.get("seconds")}
