//! What the documents say is what the program does.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use arrow::datatypes::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::{fixture_index, path, root, run_expecting, timeless};

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap()
}

/// The content of the first fenced block that begins with `fence`.
fn block<'t>(text: &'t str, fence: &str) -> &'t str {
    let (_, after) = text.split_once(&format!("\n```{fence}\n")).unwrap();
    after.split_once("```\n").unwrap().0
}

/// The cells of the rows of tables below `heading`, without backticks.
fn table_rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap();
    let section = below.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cell = |cell: &str| cell.trim().replace('`', "");
    rows.map(|row| row.trim_matches('|').split(" |").map(cell).collect()).collect()
}

/// Parts that are left out stand as `[...]`.
#[test]
fn the_readme_shows_what_its_first_command_prints() {
    let readme = read("README.md");
    let command = block(&readme, "sh").trim_end();
    let arguments = command.strip_prefix("cargo run --release -- ").unwrap();
    let run = run_expecting(1, &arguments.split(' ').collect::<Vec<_>>());
    let indexed = run.stderr.lines().find(|line| line.contains("indexed ")).unwrap();
    let printed = timeless(&format!("{indexed}\n{}", run.stdout));
    let shown = timeless(block(&readme, "text"));
    let parts: Vec<&str> = shown.split("[...]\n").collect();
    assert!(printed.starts_with(parts[0]), "{}\n\nREADME.md:\n{}", printed, parts[0]);
    assert!(printed.ends_with(parts[parts.len() - 1]), "{printed}");
    let mut rest = printed.as_str();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{rest}\n\nREADME.md:\n{part}");
        };
        rest = after;
    }
}

#[test]
fn every_figure_of_the_readme_stands_in_the_document_that_it_comes_from() {
    let is_part = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    let numbers = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c| !is_part(c)).map(|word| word.trim_matches([',', '.']));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let rows = table_rows(&read("README.md"), "## Results");
    assert!(rows.len() >= 5);
    for row in rows {
        let document = row[2].split_once("](").unwrap().1.trim_end_matches(')');
        let known = numbers(&read(document));
        for number in numbers(&row[1]) {
            assert!(known.contains(&number), "{number} is not in {document}");
        }
    }
}

#[test]
fn every_link_between_the_documents_leads_somewhere() {
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "benches/README.md",
        "crates/README.md",
        "crates/cli/CHANGELOG.md",
        "crates/cli/GUIDE.md",
        "crates/detect/RULES.md",
        "crates/report/REPORT.md",
        "crates/shards/FORMATS.md",
        "scripts/evaluation/RESULTS.md",
    ] {
        let text = read(document);
        for link in text.split("](").skip(1).map(|after| after.split(')').next().unwrap()) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let here = Path::new(document);
            let target = if file.is_empty() { here.to_owned() } else { here.with_file_name(file) };
            assert!(root().join(&target).exists(), "{document}: {link}");
            let anchor = |line: &str| line.trim_start_matches('#').trim().to_lowercase();
            let anchors = |text: &str| -> Vec<String> {
                let headings = text.lines().filter(|line| line.starts_with('#'));
                headings.map(|line| anchor(line).replace(',', "").replace(' ', "-")).collect()
            };
            if !heading.is_empty() {
                let anchors = anchors(&read(target.to_str().unwrap()));
                assert!(anchors.iter().any(|anchor| anchor == heading), "{document}: {link}");
            }
        }
    }
}

/// The names of all values in `value`; what lies under a key of `open` has names of its own.
fn keys(value: &Value, name: &str, open: &[&str], found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) if !open.contains(&name) => {
            for (key, value) in object {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                keys(value, &name, open, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                keys(item, &format!("{name}[]"), open, found);
            }
        }
        _ => {
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn the_tables_of_the_report_name_every_column_and_every_key() {
    let document = read("crates/report/REPORT.md");
    let (directory, index) = fixture_index();
    let report = path(&directory, "report");
    // Something is flagged, something is skipped, something fails.
    let inputs = ["fixtures/shards/jsonl", "fixtures/shards-damaged"];
    run_expecting(1, &["scan", inputs[0], inputs[1], "--index", &index, "-o", &report]);

    for table in ["findings.parquet", "shards.parquet"] {
        let file = File::open(path(&directory, &format!("report/{table}"))).unwrap();
        check_columns(&document, table, file);
    }

    let summary = fs::read(path(&directory, "report/summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    let open = [
        "findings",
        "findings_by_model",
        "findings_by_class",
        "findings_by_session",
        "findings_by_tool",
        "formats",
        "records.skipped",
        "records.in_part",
        "text_fields",
        "fields_left",
        "index.unread",
    ];
    let mut written = BTreeSet::new();
    keys(&summary, "", &open, &mut written);
    let told = table_rows(&document, "## summary.json");
    let told: BTreeSet<String> = told.into_iter().map(|mut row| row.swap_remove(0)).collect();
    assert_eq!(written, told);
}

/// The document has a table of the columns of this file.
fn check_columns(document: &str, name: &str, file: File) {
    let file = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let columns = file.schema().fields().iter().map(|field| {
        let kind = match field.data_type() {
            DataType::Utf8 => "string",
            DataType::UInt64 => "uint64",
            DataType::UInt32 => "uint32",
            DataType::Float32 => "float",
            DataType::Boolean => "bool",
            DataType::Map(..) => "map",
            DataType::List(_) => "list",
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => "timestamp",
            other => panic!("{other}"),
        };
        let null = if field.is_nullable() { "yes" } else { "no" };
        [field.name().as_str(), kind, null].map(str::to_owned).to_vec()
    });
    let mut told = table_rows(document, &format!("## {name}"));
    for row in &mut told {
        row.truncate(3);
    }
    assert_eq!(columns.collect::<Vec<_>>(), told);
}
