//! A scan that was killed or stopped, or whose shards changed, and that goes on with its checkpoint.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use seepage_testkit::SplitMix64;

use crate::corpus::{Corpus, findings, shard};
use crate::{command, names, path, run_expecting};

/// Runs to the end, and gives how many results came from the checkpoint, and of how many.
#[track_caller]
fn resume(corpus: &Corpus) -> (usize, usize) {
    let run = run_expecting(1, &corpus.kept());
    let line = run.stderr.lines().last().unwrap_or_default();
    let line = line.strip_prefix("seepage: ").unwrap_or_default();
    let (replayed, rest) = line.split_once(" of ").unwrap_or_default();
    let all = rest.split(' ').next().unwrap_or_default();
    (replayed.parse().unwrap(), all.parse().unwrap())
}

#[test]
fn a_rerun_scans_nothing_and_finds_the_same() {
    let corpus = Corpus::uneven(1, 12);
    let expected = corpus.expected();
    assert_eq!(resume(&corpus), (0, 12));
    assert_eq!(findings(&corpus.report), expected);
    assert_eq!(resume(&corpus), (12, 12));
    assert_eq!(findings(&corpus.report), expected);
    assert_eq!(
        names(&corpus.report),
        ["_SUCCESS", "findings.parquet", "shards.parquet", "summary.json"]
    );
    // What goes to stdout is the same, too.
    let json = |more: &[&str]| run_expecting(1, &corpus.arguments(more)).stdout;
    let fresh = json(&["--format", "json"]);
    assert_eq!(json(&["--format", "json", "--checkpoint", &corpus.checkpoint]), fresh);
}

/// The soak: killed again and again at moments drawn from a seed, and resumed.
#[test]
fn a_scan_that_is_killed_at_random_moments_finds_what_an_undisturbed_one_does() {
    let seed = 2;
    let corpus = Corpus::uneven(seed, 60);
    let started = Instant::now();
    let expected = corpus.expected();
    let most = started.elapsed().as_millis() as usize;
    let mut random = SplitMix64::new(seed);
    let mut killed = 0;
    for _ in 0..12 {
        let mut child =
            command(&corpus.kept()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.below(most) as u64));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            !Path::new(&corpus.report).join("_SUCCESS").exists()
                || findings(&corpus.report) == expected
        );
    }
    assert!(killed > 0, "seed {seed}: every run was over before it was killed");
    resume(&corpus);
    assert_eq!(findings(&corpus.report), expected, "seed {seed}");
    let mut ends = BTreeMap::new();
    for end in corpus.ends() {
        *ends.entry(end["unit"]["shard"].to_string()).or_insert(0) += 1;
    }
    assert_eq!(ends.len(), 60, "seed {seed}: a shard is missing");
    assert!(ends.values().all(|&count| count == 1), "seed {seed}: twice: {ends:?}");
}

#[cfg(unix)]
#[track_caller]
fn check_signal(signal: &str) {
    let mut lens = vec![1 << 10; 4];
    lens.extend([4 << 20; 4]);
    let corpus = Corpus::of(3, &lens);
    let expected = corpus.expected();
    let arguments = corpus.kept();
    let child = corpus.start_until(&arguments, 4);
    let status = std::process::Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("not everything was read: the scan was stopped, "), "{told}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("stopped by SIG{signal}: ")), "{said}");
    assert!(said.contains(" of 8 shards begun; the report tells of these\nhint: "), "{said}");
    let again = format!("go on with: {} {}\n", env!("CARGO_BIN_EXE_seepage"), arguments.join(" "));
    assert!(said.ends_with(&again), "{said}");
    assert_eq!(names(&corpus.report), ["findings.parquet", "shards.parquet", "summary.json"]);
    let summary = fs::read(Path::new(&corpus.report).join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!((&summary["complete"], &summary["running"]), (&false.into(), &false.into()));
    assert!(summary["shards"]["read"].as_u64() >= Some(4), "{summary}");
    assert!(summary["records"]["flagged"].as_u64() >= Some(1), "{summary}");
    let (replayed, all) = resume(&corpus);
    assert!((4..8).contains(&replayed) && all == 8, "{replayed} of {all}");
    assert_eq!(findings(&corpus.report), expected);
}

#[cfg(unix)]
#[test]
fn a_scan_that_is_asked_to_stop_says_how_to_go_on() {
    check_signal("TERM");
    check_signal("USR1");
    check_signal("INT");
}

#[test]
fn a_shard_that_changed_between_two_runs_is_scanned_again_whatever_its_time_says() {
    let corpus = Corpus::uneven(4, 8);
    resume(&corpus);
    let changed = corpus.shard(5);
    let modified = changed.metadata().unwrap().modified().unwrap();
    // As many bytes, and of the same time.
    let text = fs::read_to_string(&changed).unwrap();
    let len = text.len();
    let text = format!("{}\n", text.trim_end_matches('\n').replace("\"text\"", "\"code\""));
    fs::write(&changed, &text[..len]).unwrap();
    File::options().write(true).open(&changed).unwrap().set_modified(modified).unwrap();
    assert_eq!(resume(&corpus), (7, 8));
    assert_eq!(findings(&corpus.report), corpus.expected());
}

#[test]
fn a_clock_that_jumps_changes_nothing() {
    let corpus = Corpus::uneven(5, 8);
    resume(&corpus);
    let expected = findings(&corpus.report);
    let year = Duration::from_hours(365 * 24);
    let now = SystemTime::now();
    for (number, time) in [now + 10 * year, now - 30 * year, now, SystemTime::UNIX_EPOCH]
        .into_iter()
        .cycle()
        .take(8)
        .enumerate()
    {
        let shard = File::options().write(true).open(corpus.shard(number)).unwrap();
        shard.set_modified(time).unwrap();
    }
    assert_eq!(resume(&corpus), (8, 8));
    assert_eq!(findings(&corpus.report), expected);
}

#[test]
fn a_shard_that_vanishes_between_two_runs_is_gone_and_one_that_vanishes_in_a_run_has_failed() {
    let corpus = Corpus::uneven(6, 8);
    resume(&corpus);
    fs::remove_file(corpus.shard(2)).unwrap();
    assert_eq!(resume(&corpus), (7, 7));
    assert_eq!(findings(&corpus.report), corpus.expected());

    let mut lens = vec![1 << 10; 2];
    lens.extend([4 << 20; 3]);
    let corpus = Corpus::of(6, &lens);
    let one_by_one = [&corpus.kept()[..], &["--threads", "1"]].concat();
    let child = corpus.start_until(&one_by_one, 2);
    fs::remove_file(corpus.shard(4)).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("contaminated, and not everything was read: 1 shard failed"), "{said}");
    let gone = format!("there is no `{}`", corpus.shard(4).display());
    assert!(said.contains(&gone), "{said}");
    assert_eq!(names(&corpus.report), ["findings.parquet", "shards.parquet", "summary.json"]);
}

#[test]
fn a_shard_that_is_written_to_while_it_is_read_has_failed_and_is_not_remembered() {
    let corpus = Corpus::of(7, &[1 << 10, 8 << 20]);
    let one_by_one = [&corpus.kept()[..], &["--threads", "1"]].concat();
    let child = corpus.start_until(&one_by_one, 1);
    let mut growing = OpenOptions::new().append(true).open(corpus.shard(1)).unwrap();
    growing.write_all(b"{\"text\":\"and on\"}\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let words = format!("shard `{}` was changed while it was read", corpus.shard(1).display());
    assert!(said.contains(&words), "{said}");
    assert_eq!(names(&corpus.report), ["findings.parquet", "shards.parquet", "summary.json"]);
    assert_eq!(resume(&corpus), (1, 2));
    assert_eq!(findings(&corpus.report), corpus.expected());
}

#[test]
fn results_of_another_index_or_other_options_are_not_used_and_wait_for_theirs() {
    let corpus = Corpus::uneven(8, 4);
    assert_eq!(resume(&corpus), (0, 4));
    let expected = findings(&corpus.report);
    let other = path(&corpus.directory, "other.seepage");
    run_expecting(0, &["index", "build", "fixtures/logs", "-o", &other, "--without", "prose"]);
    let kept = ["-o", &corpus.report, "--checkpoint", &corpus.checkpoint];
    let with_index = |index: &str, more: &[&str]| {
        let scan = ["scan", &corpus.shards, "--index", index];
        run_expecting(1, &[&scan[..], &kept, more].concat()).stderr
    };
    for stderr in [
        with_index(&other, &[]),
        with_index(&corpus.index, &["--fast"]),
        with_index(&corpus.index, &["--max-record", "1M"]),
    ] {
        assert!(
            stderr.contains(" of another index or other options, which cannot be used\n"),
            "{stderr}"
        );
        assert!(stderr.ends_with("seepage: 0 of 4 results from the checkpoint\n"), "{stderr}");
    }
    assert_eq!(resume(&corpus), (4, 4));
    assert_eq!(findings(&corpus.report), expected);
}

#[test]
fn two_scans_cannot_use_one_checkpoint_at_a_time() {
    let corpus = Corpus::uneven(9, 2);
    resume(&corpus);
    let journal = Path::new(&corpus.checkpoint).join("journal.jsonl");
    let held = File::open(&journal).unwrap();
    held.lock().unwrap();
    let run = run_expecting(2, &corpus.kept());
    assert!(run.stderr.contains("is in use by another scan"), "{}", run.stderr);
    held.unlock().unwrap();
    assert_eq!(resume(&corpus), (2, 2));
}

#[test]
fn a_torn_line_is_cut_off_and_damage_in_the_middle_is_an_error_with_a_cure() {
    let corpus = Corpus::uneven(10, 4);
    resume(&corpus);
    let expected = findings(&corpus.report);
    let journal = Path::new(&corpus.checkpoint).join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, &whole[..whole.len() - 10]).unwrap();
    let run = run_expecting(1, &corpus.kept());
    assert!(run.stderr.contains("was not written to its end, and was cut off"), "{}", run.stderr);
    assert!(run.stderr.ends_with("3 of 4 results from the checkpoint\n"), "{}", run.stderr);
    assert_eq!(findings(&corpus.report), expected);

    let mut damaged = whole.clone();
    damaged[whole.len() / 3] ^= 1;
    fs::write(&journal, &damaged).unwrap();
    let run = run_expecting(2, &corpus.kept());
    assert!(run.stderr.contains("is damaged: line "), "{}", run.stderr);
    assert!(run.stderr.contains("delete it to scan everything anew"), "{}", run.stderr);
    assert_eq!(names(&corpus.report), ["findings.parquet.before", "summary.json"]);

    let newer = whole.iter().position(|&byte| byte == b'\n').unwrap();
    fs::write(&journal, [b"{\"goat\":1}\n", &whole[newer + 1..]].concat()).unwrap();
    run_expecting(2, &corpus.kept());
}

#[test]
fn a_failed_shard_is_tried_again() {
    let corpus = Corpus::uneven(11, 3);
    let good = fs::read(corpus.shard(1)).unwrap();
    fs::write(corpus.shard(1), b"").unwrap();
    assert_eq!(resume(&corpus), (0, 3));
    assert_eq!(resume(&corpus), (2, 3));
    fs::write(corpus.shard(1), good).unwrap();
    assert_eq!(resume(&corpus), (2, 3));
    assert_eq!(findings(&corpus.report), corpus.expected());
    assert_eq!(resume(&corpus), (3, 3));
}

#[test]
fn a_shard_that_grew_is_scanned_again() {
    let corpus = Corpus::uneven(12, 3);
    resume(&corpus);
    let more = shard(&mut SplitMix64::new(99), 1 << 16);
    let mut grown = OpenOptions::new().append(true).open(corpus.shard(1)).unwrap();
    grown.write_all(more.as_bytes()).unwrap();
    assert_eq!(resume(&corpus), (2, 3));
    assert_eq!(findings(&corpus.report), corpus.expected());
}
