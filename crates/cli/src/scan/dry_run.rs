//! `seepage scan --dry-run`: what a scan would read and how long it would take.

use seepage_engine::{Amount, Estimate, Sample, ScanPlan, estimate_scan};
use seepage_index::Index;
use seepage_report::Untrusted;
use serde_json::json;

use crate::job::progress::watch;
use crate::job::snapshot::Job;
use crate::scan::args::{OutputFormat, ScanArguments};
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::listing::{Listing, top};
use crate::screen::print::{print, print_json};
use crate::screen::quantity::{self, counted};
use crate::screen::style::Style;

/// Shards that cannot be opened are named up to here; `--format json` names all.
const FAILED_MAX: usize = 10;

/// Gives exit code 2 if a shard cannot be opened, because the scan would be incomplete.
pub(crate) fn run(
    plan: &ScanPlan,
    index: Option<&Index>,
    arguments: &ScanArguments,
) -> Result<u8, Failure> {
    let estimate =
        watch(&arguments.work, Job::Scan, |progress| estimate_scan(plan, index, progress))?;
    match arguments.format {
        OutputFormat::Human => print(&words(&estimate, Style::of_stdout()))?,
        OutputFormat::Json => print_json(&object(&estimate))?,
    }
    let is_whole = estimate.shards_failed.is_empty();
    Ok(if is_whole { 0 } else { EXIT_ERROR })
}

fn words(estimate: &Estimate, style: Style) -> String {
    let total = estimate.total();
    let mut rows = Listing::new(style);
    let shards = counted(total.shards, "shard", "shards");
    rows.row("to read", &format!("{shards} · {} on disk", quantity::bytes(total.bytes)));
    let format = |(format, amount): (&String, &Amount)| {
        let shards = counted(amount.shards, "shard", "shards");
        format!("{format}: {shards}, {}", quantity::bytes(amount.bytes))
    };
    rows.list("formats", estimate.formats.iter().map(format));
    if !estimate.text_fields.is_empty() {
        rows.row("text fields", &top(&estimate.text_fields));
    }
    let failed = estimate.shards_failed.iter().take(FAILED_MAX);
    let failed =
        failed.map(|shard| format!("{}: {}", Untrusted(&shard.shard), Untrusted(&shard.why)));
    rows.list("would fail", failed);
    let unnamed = estimate.shards_failed.len().saturating_sub(FAILED_MAX);
    if unnamed > 0 {
        rows.more(&format!("and {unnamed} more"));
    }
    match &estimate.sample {
        Some(sample) => {
            rows.row("sample", &sample_words(sample));
            let whole =
                sample.seconds_whole.map_or("nothing was read to judge by".to_owned(), |seconds| {
                    format!("about {} at this pace", quantity::seconds(seconds))
                });
            rows.row("estimate", &whole);
        }
        None => rows.row("estimate", "none without an index; name one with `--index`"),
    }
    rows.finish()
}

/// `1.2 GB (4.1 GB of text) in 2.0 s with 2 threads: 600 MB/s`
fn sample_words(sample: &Sample) -> String {
    let pace = quantity::bytes_per_second(sample.bytes, sample.seconds);
    format!(
        "{} ({} of text) in {} with {}{}",
        quantity::bytes(sample.bytes),
        quantity::bytes(sample.text_bytes),
        quantity::seconds(sample.seconds),
        counted(sample.threads as u64, "thread", "threads"),
        pace.map(|pace| format!(": {pace}")).unwrap_or_default()
    )
}

/// The same as one object.
fn object(estimate: &Estimate) -> serde_json::Value {
    let total = estimate.total();
    let formats: serde_json::Map<_, _> = estimate
        .formats
        .iter()
        .map(|(format, amount)| {
            let amount = json!({"shards": amount.shards, "bytes": amount.bytes});
            (format.clone(), amount)
        })
        .collect();
    let failed: Vec<_> = estimate
        .shards_failed
        .iter()
        .map(|failed| json!({"shard": failed.shard, "why": failed.why}))
        .collect();
    let sample = estimate.sample.as_ref();
    json!({
        "shards": total.shards,
        "bytes_on_disk": total.bytes,
        "formats": formats,
        "text_fields": estimate.text_fields,
        "shards_failed": failed,
        "sample": sample.map(|sample| json!({
            "bytes": sample.bytes,
            "text_bytes": sample.text_bytes,
            "seconds": sample.seconds,
            "threads": sample.threads,
        })),
        "seconds_estimated": sample.and_then(|sample| sample.seconds_whole),
    })
}

#[cfg(test)]
mod tests {
    use seepage_engine::FailedShard;

    use super::*;

    fn example() -> Estimate {
        let amount = |shards, bytes| Amount { shards, bytes };
        Estimate {
            formats: [
                ("json-lines".to_owned(), amount(1200, 7_000_000_000)),
                ("parquet".to_owned(), amount(1, 600_000_000)),
            ]
            .into(),
            text_fields: [("text".to_owned(), 1201)].into(),
            shards_failed: (0..12)
                .map(|number| FailedShard {
                    shard: format!("{number}\u{1b}.parquet"),
                    why: "cut short".to_owned(),
                })
                .collect(),
            sample: Some(Sample {
                bytes: 1_200_000_000,
                text_bytes: 4_100_000_000,
                seconds: 2.0,
                threads: 2,
                seconds_whole: Some(12.7),
            }),
        }
    }

    #[test]
    fn people_read_what_would_be_read_and_how_long_it_takes() {
        let words = words(&example(), Style::plain());
        for line in [
            "to read       1,201 shards · 7.6 GB on disk",
            "formats       json-lines: 1,200 shards, 7.0 GB",
            "              parquet: 1 shard, 600 MB",
            "text fields   text 1,201",
            "would fail    0\\u{1b}.parquet: cut short",
            "              and 2 more",
            "sample        1.2 GB (4.1 GB of text) in 2.0 s with 2 threads: 600 MB/s",
            "estimate      about 13 s at this pace",
        ] {
            assert!(words.lines().any(|other| other == line), "{line}\n{words}");
        }
    }

    #[test]
    fn programs_read_every_number_and_every_failed_shard() {
        let object = object(&example());
        for (pointer, expected) in [
            ("/shards", json!(1201)),
            ("/bytes_on_disk", json!(7_600_000_000_u64)),
            ("/formats/parquet/bytes", json!(600_000_000)),
            ("/text_fields/text", json!(1201)),
            ("/shards_failed/11/why", json!("cut short")),
            ("/sample/threads", json!(2)),
            ("/seconds_estimated", json!(12.7)),
        ] {
            assert_eq!(object.pointer(pointer), Some(&expected), "{pointer}");
        }
    }
}
