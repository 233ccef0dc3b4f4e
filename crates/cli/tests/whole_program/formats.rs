//! All formats in one directory, in one run: what was planted is found where it lies, and every row is accounted for.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::{INNOCENT, command, fixture_index, path, root, run, run_expecting, write};

/// What each format's own library says of `fixtures/shards`.
fn counted() -> Value {
    let path = root().join("fixtures/shards.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn findings(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_was_planted_is_found_in_every_format_and_nothing_else() {
    let (_directory, index) = fixture_index();
    let scan = ["scan", "fixtures/shards", "--index", &index, "--format", "json"];
    let found: BTreeSet<(String, u64, String)> = findings(&run_expecting(1, &scan).stdout)
        .iter()
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap().to_owned();
            let shard = text("shard").strip_prefix("fixtures/shards/").unwrap().to_owned();
            (shard, finding["row"].as_u64().unwrap(), text("field"))
        })
        .collect();
    let mut expected = BTreeSet::new();
    for (shard, counts) in counted().as_object().unwrap() {
        for planted in counts["planted"].as_array().unwrap() {
            let (row, field) = (planted[0].as_u64().unwrap(), planted[1].as_str().unwrap());
            expected.insert((shard.clone(), row, field.to_owned()));
        }
    }
    assert!(expected.len() > 60);
    assert_eq!(found, expected);
}

/// Read, skipped and failed, as `summary.json` counts them.
fn counts(directory: &str) -> (u64, u64, u64) {
    let summary = fs::read_to_string(format!("{directory}/summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let skipped = summary["records"]["skipped"].as_object().unwrap();
    (
        summary["records"]["read"].as_u64().unwrap(),
        skipped.values().filter_map(Value::as_u64).sum(),
        summary["shards"]["failed"].as_array().unwrap().len() as u64,
    )
}

#[test]
fn read_skipped_and_failed_add_up_to_what_the_libraries_count() {
    let (directory, index) = fixture_index();
    let report = path(&directory, "report");
    let counted = counted();
    let counted = counted.as_object().unwrap();
    let rows: u64 = counted.values().filter_map(|shard| shard["rows"].as_u64()).sum();
    run_expecting(1, &["scan", "fixtures/shards", "--index", &index, "-o", &report]);
    assert_eq!(counts(&report), (rows, 0, 0));

    // With a limit between the shortest text and the longest, the long ones are scanned in stretches.
    let limited =
        ["scan", "fixtures/shards", "--index", &index, "--max-record", "600", "-o", &report];
    run_expecting(1, &limited);
    assert_eq!(counts(&report), (rows, 0, 0));

    // Of a shard that is cut, what stands before the cut is read.
    let arrow = fs::read(root().join("fixtures/shards-damaged/cut-stream.arrow")).unwrap();
    let corpus = path(&directory, "corpus");
    write(&directory, "corpus/a.jsonl", INNOCENT);
    fs::write(format!("{corpus}/b.arrow"), arrow).unwrap();
    fs::write(format!("{corpus}/c.bin"), [0, 159, 146, 150]).unwrap();
    run_expecting(1, &["scan", &corpus, "--index", &index, "-o", &report]);
    assert_eq!(counts(&report), (1 + 3, 1, 1));
}

#[test]
fn what_is_to_be_kept_goes_along_into_findings() {
    let (directory, index) = fixture_index();
    let report = path(&directory, "report");
    for (shard, keep, expected) in [
        (
            "corpora/dolma.json.gz",
            "metadata.url,metadata.licenses,absent",
            &[
                ("metadata.url", "https://pond.example/rec-002"),
                ("metadata.licenses[0]", "MIT"),
                ("metadata.licenses[1]", "Zlib"),
            ][..],
        ),
        (
            "corpora/the-stack.parquet",
            "max_stars_repo_licenses,max_stars_repo_name",
            &[("max_stars_repo_licenses[0]", "MIT"), ("max_stars_repo_name", "pond/reed")][..],
        ),
        (
            "corpora/fineweb.parquet",
            "token_count,language_score",
            &[("token_count", "500"), ("language_score", "0.9")][..],
        ),
        ("arrow/lz4.arrow", "id", &[("id", "rec-002")][..]),
        (
            "mds/shard.00001.mds.zstd",
            "meta.url,stars",
            &[("meta.url", "https://pond.example/0"), ("stars", "0")][..],
        ),
        ("webdataset/shard-000000.tar", "json.path", &[("json.path", "pond/tide.py")][..]),
    ] {
        let shard = format!("fixtures/shards/{shard}");
        let scan =
            ["scan", &shard, "--index", &index, "--keep", keep, "--format", "json", "-o", &report];
        let run = run_expecting(1, &scan);
        let first = &findings(&run.stdout)[0];
        let expected: serde_json::Map<String, Value> =
            expected.iter().map(|&(field, value)| (field.to_owned(), value.into())).collect();
        assert_eq!(first["kept"], Value::Object(expected), "{shard}");
    }
}

#[test]
fn fields_are_explained_shard_by_shard_and_nothing_is_scanned() {
    let run = run_expecting(0, &["scan", "fixtures/shards", "--explain-fields"]);
    for expected in [
        "fixtures/shards/arrow/saved/data-00000-of-00001.arrow  arrow  text, id\n",
        "fixtures/shards/chat/conversations.arrow  arrow  conversations[].value, conversations[].from\n",
        "fixtures/shards/corpora/alpaca.jsonl  json-lines  every string, and first of all instruction, input, output\n",
        "fixtures/shards/corpora/commitpack.jsonl  json-lines  every string, and first of all old_contents, new_contents\n",
        "fixtures/shards/mds/shard.00001.mds.zstd  mds  text\n",
        "fixtures/shards/source/weigh.sh  text  the whole of it\n",
        "fixtures/shards/webdataset/shard-000000.tar  tar  json, py, txt, json.text\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
    assert_eq!(run.stdout.lines().count(), counted().as_object().unwrap().len());

    let run = run_expecting(
        2,
        &["scan", "fixtures/shards-damaged", "--explain-fields", "--format", "json"],
    );
    let failed = findings(&run.stdout);
    let failed = failed.iter().filter(|line| line["error"].is_string());
    // The others break off behind what the fields are told by.
    assert_eq!(failed.count(), 2);
}

#[test]
fn ignored_files_are_left_out_on_request_only() {
    let (directory, index) = fixture_index();
    let planted =
        fs::read_to_string(root().join("fixtures/shards/source/lib/gauge_ring.rs")).unwrap();
    write(&directory, "tree/.gitignore", "built/\n*.log\n");
    write(&directory, "tree/built/out.rs", &planted);
    write(&directory, "tree/src/.gitignore", "!kept.log\n");
    write(&directory, "tree/src/kept.log", "a log");
    write(&directory, "tree/src/dropped.log", "a log");
    let tree = path(&directory, "tree");
    run_expecting(1, &["scan", &tree, "--index", &index]);
    run_expecting(0, &["scan", &tree, "--index", &index, "--respect-gitignore"]);
    let run = run(&["scan", &tree, "--explain-fields", "--respect-gitignore"]);
    let names: Vec<&str> = run
        .stdout
        .lines()
        .map(|line| line.split_once("  ").unwrap().0.strip_prefix(&tree).unwrap())
        .collect();
    assert_eq!(names, ["/.gitignore", "/src/.gitignore", "/src/kept.log"]);
}

#[test]
fn patterns_lists_and_standard_input_are_places() {
    let (directory, index) = fixture_index();
    let list = write(
        &directory,
        "list.txt",
        "# two shards\nfixtures/shards/arrow/*.arrow\n\nfixtures/shards/source/weigh.sh\n",
    );
    for (places, shards) in [
        (&["fixtures/shards/*/*.parquet"][..], 6),
        (&["fixtures/shards/**/*.{arrow,mds}"][..], 6),
        (&["fixtures/shards/arr?w/[dl]*.arrow", "fixtures/shards/arrow/lz4.arrow"][..], 2),
        (&[&format!("@{list}")[..]][..], 4),
    ] {
        let run = run(&[&["scan", "--explain-fields"], places].concat());
        assert_eq!(run.stdout.lines().count(), shards, "{places:?}\n{}", run.stdout);
    }
    for places in ["fixtures/*.arrow", "fixtures/[", "@fixtures/no-list.txt"] {
        run_expecting(2, &["scan", places, "--index", &index]);
    }

    for shard in [
        "jsonl/plain.jsonl",
        "jsonl/two-parts.jsonl.xz",
        "parquet/plain.parquet",
        "webdataset/shard-000000.tar",
    ] {
        let shard = fs::File::open(root().join("fixtures/shards").join(shard)).unwrap();
        let output = command(&["scan", "-", "--index", &index, "--format", "json"])
            .stdin(shard)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let found = findings(std::str::from_utf8(&output.stdout).unwrap());
        assert!(found.len() >= 2 && found.iter().all(|finding| finding["shard"] == "-"));
    }
}
