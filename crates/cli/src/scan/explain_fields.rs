//! `seepage scan --explain-fields`: which fields of each shard would be scanned, before a long run.

use serde_json::json;

use seepage_engine::{FieldPath, ScanPlan};
use seepage_report::Untrusted;

use crate::scan::args::OutputFormat;
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::print::{print, print_json};

/// Opens every shard, and reads no more of it than that takes. Gives exit code 2 if one cannot be opened.
pub(crate) fn run(plan: &ScanPlan, format: OutputFormat) -> Result<u8, Failure> {
    let mut exit_code = 0;
    for found in plan.find_shards() {
        let opened = found.and_then(|found| {
            let shard = seepage_engine::open_shard(&found.path, &plan.read)?;
            let names = |fields: &[FieldPath]| -> Vec<String> {
                fields.iter().map(ToString::to_string).collect()
            };
            let fields = [names(shard.text_fields()), names(shard.fields_left())];
            Ok((found.name, shard.format().name(), fields))
        });
        if opened.is_err() {
            exit_code = EXIT_ERROR;
        }
        match (opened, format) {
            (Ok((name, container, [fields, left])), OutputFormat::Human) => {
                let words = match (fields.is_empty(), plan.read.text_fields.is_empty()) {
                    (true, _) => "the whole of it".to_owned(),
                    (false, true) if container == "json-lines" => {
                        format!("every string, and first of all {}", fields.join(", "))
                    }
                    (false, _) => fields.join(", "),
                };
                let left = match left.is_empty() {
                    true => String::new(),
                    false => format!("; not scanned: {}", left.join(", ")),
                };
                let (name, words, left) = (Untrusted(&name), Untrusted(&words), Untrusted(&left));
                print(&format!("{name}  {container}  {words}{left}\n"))?;
            }
            (Ok((name, container, [fields, left])), OutputFormat::Json) => {
                let format = container;
                print_json(&json!({
                    "shard": name, "format": format, "text_fields": fields, "fields_left": left
                }))?;
            }
            (Err(error), OutputFormat::Human) => {
                print(&format!("failed: {}\n", Untrusted(&error.to_string())))?;
            }
            (Err(error), OutputFormat::Json) => {
                let shard = error.path().display().to_string();
                print_json(&json!({"shard": shard, "error": error.to_string()}))?;
            }
        }
    }
    Ok(exit_code)
}
