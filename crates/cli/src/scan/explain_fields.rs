//! `seepage scan --explain-fields`: which fields of each shard would be scanned, before a long run.

use serde_json::json;

use seepage_engine::ScanPlan;
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
            let fields: Vec<String> = shard.text_fields().iter().map(ToString::to_string).collect();
            Ok((found.name, shard.format().name(), fields))
        });
        if opened.is_err() {
            exit_code = EXIT_ERROR;
        }
        match (opened, format) {
            (Ok((name, container, fields)), OutputFormat::Human) => {
                let whole = || "the whole of it".to_owned();
                let fields = if fields.is_empty() { whole() } else { fields.join(", ") };
                print(&format!("{}  {container}  {}\n", Untrusted(&name), Untrusted(&fields)))?;
            }
            (Ok((name, container, fields)), OutputFormat::Json) => {
                print_json(&json!({"shard": name, "format": container, "text_fields": fields}))?;
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
