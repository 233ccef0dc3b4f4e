//! Who is let in: credentials of S3 from files, and the client of Google.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use seepage_testkit::SplitMix64;
use serde_json::json;
use tempfile::TempDir;

use super::store::{self, KEY, SECRET, Store};

#[test]
fn credentials_come_from_profiles_and_from_programs_that_print_them() {
    let Some(store) = Store::start() else { return };
    store.put("jsonl/plain.jsonl", "shards/plain.jsonl");
    let home = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = home.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (endpoint, region) = (store.endpoint(), "region = us-east-1");
    let keys =
        |secret: &str| format!("aws_access_key_id = {KEY}\naws_secret_access_key = {secret}");
    let printed = json!({"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET});
    let printed = file("printed.json", &printed.to_string());
    let credentials = format!("[default]\n{}\n\n[harbour]\n{}\n", keys("wrong"), keys(SECRET));
    let credentials = file("credentials", &credentials);
    let place = format!("{region}\nendpoint_url = {endpoint}");
    let config = format!(
        "[default]\n{place}\n\n[profile harbour]\n{place}\n\n\
         [profile printed]\n{place}\ncredential_process = cat {printed}\n"
    );
    let config = file("config", &config);
    let scan = |profile: &str| {
        let environment = [
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_CONFIG_FILE", config.as_str()),
            ("AWS_SHARED_CREDENTIALS_FILE", credentials.as_str()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_PROFILE", profile),
        ];
        let shard = "s3://corpus/shards/plain.jsonl";
        store::run(&environment, &["scan", shard, "--logs", "fixtures/logs"])
    };
    for (profile, code, expected) in [
        ("harbour", 1, "contaminated"),
        ("printed", 1, "contaminated"),
        ("default", 2, "no permission to read"),
        ("no-such-profile", 2, "no credentials"),
    ] {
        let (found, said) = scan(profile);
        assert_eq!(found, Some(code), "{profile}\n{said}");
        assert!(said.contains(expected), "{profile}\n{said}");
    }
}

/// A session that wrote forty files, longer together than the parts that a store is given at once.
fn long_session() -> String {
    const LINES: u32 = 12_500;
    let mut random = SplitMix64::new(7);
    let mut session = String::new();
    for file in 0..40 {
        let mut line =
            |_| format!("let quay_{:x} = mast.gull({:x});\n", random.next_u64(), random.next_u64());
        let text = (0..LINES).map(&mut line).collect::<String>();
        let line = json!({
            "type": "assistant", "uuid": format!("u{file}"), "timestamp": "2026-04-16T08:00:01.037Z",
            "sessionId": "long", "version": "2.1.140", "cwd": "/home/mara",
            "message": {
                "model": "m", "id": format!("msg_{file}"), "type": "message", "role": "assistant", "content": [{
                    "type": "tool_use", "id": format!("toolu_{file}"), "name": "Write",
                    "input": {"file_path": format!("{file}.rs"), "content": text},
                }],
            },
        });
        writeln!(session, "{line}").unwrap();
    }
    session
}

/// The length of the longest file below `path`.
fn longest_below(path: &Path) -> u64 {
    let meta = path.metadata().unwrap();
    if meta.is_file() {
        return meta.len();
    }
    let entries = fs::read_dir(path).unwrap().flatten();
    let lens = entries.map(|entry| longest_below(&entry.path()));
    lens.max().unwrap_or(0)
}

#[test]
fn googles_client_takes_shards_index_and_report_and_a_long_index_in_parts() {
    let Some(store) = Store::start_like_google() else {
        return;
    };
    store.put("jsonl/plain.jsonl", "shards/plain.jsonl");
    store.put("parquet/plain.parquet", "shards/plain.parquet");
    let home = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = home.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let account = json!({
        "private_key": "none", "private_key_id": "none", "client_email": "quay@harbour.example",
        "disable_oauth": true, "gcs_base_url": store.endpoint(),
    });
    let account = file("account.json", &account.to_string());
    let log = file("long.jsonl", &long_session());
    let run = |code: i32, arguments: &[&str]| {
        let (found, said) = store::run(&[("GOOGLE_SERVICE_ACCOUNT", &account)], arguments);
        assert_eq!(found, Some(code), "{arguments:?}\n{said}");
        said
    };
    let index = "gs://corpus/long.seepage";
    run(0, &["index", "build", &log, "fixtures/logs", "-o", index]);
    let longest = longest_below(&store.file("long.seepage"));
    assert!(longest > 16 << 20, "{longest}");
    let scan = ["scan", "gs://corpus/shards/", "--index", index];
    let said = run(1, &[&scan[..], &["-o", "gs://corpus/report"]].concat());
    assert!(said.contains("gs://corpus/report"), "{said}");
    assert!(store.file("report/_SUCCESS").exists());
    for nothing in ["gs://corpus/no-such-shard.jsonl", "gs://no-such-bucket/x"] {
        let said = run(2, &["scan", nothing, "--index", index]);
        assert!(said.contains("there is no"), "{said}");
    }
}
