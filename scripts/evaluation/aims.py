"""What the tool is meant to reach on the report half; the table says where it falls short."""

# Lowest recall by class.
RECALL = {
    "T2": 0.97, "T3-100": 0.97, "T4-10": 0.94, "T4-20": 0.99, "T8d": 0.86, "S3": 0.75, "S5": 0.90, "S10": 0.98,
    **dict.fromkeys(("T0", "T1a", "T1b", "T1c", "T5-5", "T5-10", "T5-20", "T6-notebook", "T6-json", "T6-fence", "T6-diff",
                     "T6-html", "T6-highlight", "T6-numbers", "T6-comment", "T7", "T8e", "T9"), 0.99),
}
MEAN_RECALL = 0.985
FLAGGED_INNOCENT = 1 / 10_000
FLAGGED_ORIGINALS = 0.001
ATTRIBUTION = 0.99
COVERED = 0.95
BEYOND = 0.05
JUDGED_RECORDS = 0.02
JUDGED_BYTES = 0.04


def shortfalls(result: dict) -> list[str]:
    """One sentence for each aim that a result does not reach."""
    missed = []

    def at_least(name: str, value: float | None, aim: float) -> None:
        if value is not None and value < aim:
            missed.append(f"{name}: {percent(value)}, aim at least {percent(aim)}")

    def at_most(name: str, value: float | None, aim: float) -> None:
        if value is not None and value > aim:
            missed.append(f"{name}: {percent(value)}, aim at most {percent(aim)}")

    for name, row in result["classes"].items():
        if name in RECALL:
            at_least(f"recall of {name}", row["recall"]["share"], RECALL[name])
    overall, innocent = result["overall"], result["innocent"]
    at_least("mean recall", overall["mean_recall"], MEAN_RECALL)
    at_least("right session named", overall["attribution"]["share"], ATTRIBUTION)
    at_least("planted bytes covered", overall["covered"], COVERED)
    at_most("bytes beyond", overall["beyond"], BEYOND)
    at_most("innocent records flagged", innocent["flagged"]["share"], FLAGGED_INNOCENT)
    at_most("innocent records judged", innocent["judged_records"], JUDGED_RECORDS)
    at_most("innocent bytes judged", innocent["judged_bytes"], JUDGED_BYTES)
    for name, row in result["negatives"].items():
        if row["aim"] is not None:
            at_most(f"flagged among {row['title']}", row["flagged"]["share"], row["aim"])
    return missed


def percent(share: float | None, digits: int = 1) -> str:
    """`98.6 %`, or a dash for nothing measured; small shares get the digits that they need."""
    if share is None:
        return "–"
    if 0 < share < 0.001:
        digits = 3
    return f"{100 * share:.{digits}f} %"
