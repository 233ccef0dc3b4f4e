"""The result as a Markdown page, and its comparison with a checked-in one."""

from .aims import MEAN_RECALL, RECALL, percent, shortfalls

# A class may fall by so much against the checked-in result; one record of a hundred is no news.
POINT = 0.01
# Innocent records flagged over those of the checked-in result that are noise.
FLAGGED_MORE_MAX = 1


def overall(classes: dict[str, dict]) -> dict:
    """Figures over all classes: mean recall of the T classes, attribution and spans over every record found."""
    long = [row["recall"]["share"] for name, row in classes.items() if name.startswith("T") and row["recall"]["tries"]]
    total = {key: sum(row[key] for row in classes.values())
             for key in ("planted_bytes", "covered_bytes", "spanned_bytes", "beyond_bytes")}
    hits = sum(row["attribution"]["hits"] for row in classes.values())
    tries = sum(row["attribution"]["tries"] for row in classes.values())
    return {"mean_recall": sum(long) / len(long) if long else None, "classes": len(long),
            "attribution": {"hits": hits, "tries": tries, "share": hits / tries if tries else None},
            "covered": ratio(total["covered_bytes"], total["planted_bytes"]),
            "beyond": ratio(total["beyond_bytes"], total["spanned_bytes"])}


def ratio(part: int, whole: int) -> float | None:
    """A share, or None of nothing."""
    return part / whole if whole else None


def render(result: dict) -> str:
    """The whole page."""
    parts = [head(result), recall_table(result), totals(result), negatives_table(result), top_table(result["innocent"])]
    missed = shortfalls(result)
    parts.append("**Short of the aims:**\n\n" + "\n".join(f"- {line}" for line in missed) if missed else
                 "All aims are reached.")
    if result["packages"]:
        parts.append(packages_table(result["packages"]))
    return "\n\n".join(parts) + "\n"


def head(result: dict) -> str:
    """When, with what, on what."""
    corpus = result["corpus"]
    return (f"Measured {result['date']} with `{result['command']}` (seed {result['seed']}), {result['half']} half.\n"
            f"Index `{result['index_digest'][:16]}`: {corpus['passages']:,} passages of {corpus['sessions']} sessions, of which "
            f"{corpus['half_passages']:,} of {corpus['half_sessions']} sessions in this half (of {corpus['long_passages']} with "
            f"40 authored lines or more){ballast_words(corpus.get('ballast'))}. Human files: {corpus['innocent']:,} of {corpus['human_packages']} packages. "
            f"Corpus `{corpus['digest'][:16]}` (passages `{corpus['passages_digest'][:16]}`, "
            f"human files `{corpus['human_digest'][:16]}`).")


def ballast_words(ballast: dict | None) -> str:
    """`, and 50 MB of others' code in 6,356 files`; nothing where there is no ballast."""
    if not ballast:
        return ""
    return (f", and {ballast['bytes'] / 1e6:.0f} MB of other people's code in {ballast['files']:,} files as ballast "
            f"({ballast['copies_left_out']:,} files left out as copies or generated, {ballast['stretches_left_out']:,} more for "
            "a stretch of words that stands in a measured file)")


def recall_table(result: dict) -> str:
    """Recall by class, beside the baselines."""
    baselines = result["baselines"]
    columns = ["class", "what was done", "records", "passages", "recall [95 %]", "aim", "session", "covered", "beyond",
               *(row["title"] for row in baselines.values())]
    lines = ["| " + " | ".join(columns) + " |", "|---|---|" + "---:|" * (len(columns) - 2)]
    for name, row in result["classes"].items():
        recall = row["recall"]
        shown = "–" if not recall["tries"] else (f"{percent(recall['share'])} [{100 * recall['low']:.1f}–"
                                                 f"{100 * recall['high']:.1f}]")
        cells = [name, row["title"], str(recall["tries"]), str(row["passages"]), shown, percent(RECALL.get(name), 0),
                 percent(row["attribution"]["share"]), percent(ratio(row["covered_bytes"], row["planted_bytes"])),
                 percent(ratio(row["beyond_bytes"], row["spanned_bytes"]))]
        cells += [percent(baseline["recall"][name]["share"]) for baseline in baselines.values()]
        lines.append("| " + " | ".join(cells) + " |")
    whole = result["overall"]
    cells = ["", f"**mean of the {whole['classes']} T classes; session and spans over all**", "", "",
             f"**{percent(whole['mean_recall'])}**", percent(MEAN_RECALL), percent(whole["attribution"]["share"]),
             percent(whole["covered"]), percent(whole["beyond"])]
    cells += [percent(baseline["mean_recall"]) for baseline in baselines.values()]
    lines.append("| " + " | ".join(cells) + " |")
    innocent = result["innocent"]
    cells = ["", "**innocent records flagged**", f"{innocent['records']:,}", "", rate_words(innocent["flagged"]), "0.010 %",
             "", "", ""]
    cells += [rate_words(baseline["innocent"]) for baseline in baselines.values()]
    lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n" + NOTES


NOTES = """The passage stands alone in its record unless the class says otherwise; what is planted are its authored lines, spans
under five lines left out. Excerpts stand inside a human file of the same half. With fewer passages than records each is
drawn again with other random choices (whole passages: another part of at least 40 lines, of 20 in T1a, T2 and T8d); the intervals are Wilson's and
take records as independent, which repeated passages are not. Recall counts the tiers exact, near and blind; in the classes
S3 to S20 brief as well. The index holds all sessions; planted records come from the sessions of one half and human files
from its packages. *Session*: share of found records whose best finding names the right session; where the same lines stand
in several sessions' passages, any of them is right. *Covered*: share of planted bytes inside the findings' spans. *Beyond*:
share of the spans' bytes outside what was planted. A text in two records is found when either is. Passages too short to be
indexed are in no class. Baselines see 100 of the same records a class and 2,000 innocent files; winnowing's threshold lets 1
in 10,000 files of the other half through, the other two have none to choose."""


def rate_words(row: dict) -> str:
    """`2 of 20,046 (0.010 %)`."""
    return f"{row['hits']:,} of {row['tries']:,} ({percent(row['share'])})"


def totals(result: dict) -> str:
    """Innocent records by tier, and what stage 2 read."""
    innocent = result["innocent"]
    tiers = ", ".join(f"{tier} {count:,}" for tier, count in innocent["by_tier"].items())
    return (f"Innocent records by surest tier: {tiers}. Brief adds {rate_words(innocent['brief'])}. "
            f"Stage 2 read {percent(innocent['judged_records'], 2)} of the innocent records and "
            f"{percent(innocent['judged_bytes'], 2)} of their bytes.")


def negatives_table(result: dict) -> str:
    """Human text that stands in the logs."""
    lines = ["| human text that the logs hold | flagged | with brief | aim |", "|---|---:|---:|---:|"]
    for row in result["negatives"].values():
        aim = "told only" if row["aim"] is None else f"at most {percent(row['aim'])}"
        lines.append(f"| {row['title']} | {rate_words(row['flagged'])} | {rate_words(row['with_brief'])} | {aim} |")
    return "\n".join(lines)


def top_table(innocent: dict) -> str:
    """The false positives that look worst."""
    if not innocent["top"]:
        return "No innocent record was flagged."
    lines = [f"The {len(innocent['top'])} worst of the innocent records with a finding:", "",
             "| record | tier | rule | session | excerpt |", "|---|---|---|---|---|"]
    for row in innocent["top"]:
        lines.append("| " + " | ".join([cell(row["record"]), row["tier"], cell(row["rule"]), cell(row["session"]),
                                        "`` " + cell(row["excerpt"][:120]) + " ``"]) + " |")
    return "\n".join(lines)


def cell(text: str) -> str:
    """Text of anyone, fit for a cell of a Markdown table."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain.replace("|", "\\|").replace("`", "'")


def packages_table(packages: list[dict]) -> str:
    """The human packages, with date and half."""
    lines = ["<details><summary>Human packages</summary>", "",
             "| package | version | published | languages | half | files |", "|---|---|---|---|---|---:|"]
    for row in packages:
        lines.append(f"| {row['source']}: {row['name']} | {row['version']} | {row['published']} | {row['languages']} "
                     f"| {row['half']} | {row['files']:,} |")
    return "\n".join(lines + ["", "</details>"])


def falls(before: dict, result: dict) -> list[str]:
    """One sentence for each class that fell by more than a point, and for innocents newly accused."""
    found = []
    for name, share in before["recall"].items():
        now = result["classes"].get(name, {}).get("recall", {}).get("share")
        if share is not None and (now is None or now < share - POINT - 1e-9):
            found.append(f"recall of {name} fell from {percent(share)} to {percent(now)}")
    for name, count in before["flagged"].items():
        now = flagged_counts(result)[name]
        if now > count + FLAGGED_MORE_MAX:
            found.append(f"{name}: {now} records flagged, {count} before")
    return found


def flagged_counts(result: dict) -> dict[str, int]:
    """Records flagged among those that must not be."""
    counts = {"innocent": result["innocent"]["flagged"]["hits"]}
    counts.update({name: row["flagged"]["hits"] for name, row in result["negatives"].items() if row["aim"] is not None})
    return counts


def to_baseline(result: dict) -> dict:
    """What is checked in of a result."""
    return {"date": result["date"], "corpus": result["corpus"]["digest"], "flagged": flagged_counts(result),
            "recall": {name: row["recall"]["share"] for name, row in result["classes"].items() if row["recall"]["tries"]}}
