//! `seepage scan --explain-fields`: which fields of each shard would be scanned, before a long run.

use serde_json::json;

use seepage_engine::{ScanPlan, ShardError};
use seepage_report::{Untrusted, to_json_line};

use crate::scan::args::Format;
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::print::print;

/// Opens every shard, and reads no more of it than that takes. Exit code 2 where one cannot be opened.
pub(crate) fn run(plan: &ScanPlan, format: Format) -> Result<u8, Failure> {
    let mut exit_code = 0;
    for found in plan.find_shards() {
        let explained = found.and_then(|found| {
            let shard = seepage_engine::open_shard(&found.path, &plan.read)?;
            let fields: Vec<String> = shard.text_fields().iter().map(ToString::to_string).collect();
            Ok((found.name, shard.format().name(), fields))
        });
        if explained.is_err() {
            exit_code = EXIT_ERROR;
        }
        match format {
            Format::Human => print(&row(explained))?,
            Format::Json => print(&line(explained))?,
        }
    }
    Ok(exit_code)
}

type Explained = Result<(String, &'static str, Vec<String>), ShardError>;

fn row(explained: Explained) -> String {
    match explained {
        Ok((name, format, fields)) => {
            let fields =
                if fields.is_empty() { "the whole of it".to_owned() } else { fields.join(", ") };
            format!("{}  {format}  {}\n", Untrusted(&name), Untrusted(&fields))
        }
        Err(error) => format!("failed: {}\n", Untrusted(&error.to_string())),
    }
}

fn line(explained: Explained) -> String {
    let object = match explained {
        Ok((shard, format, text_fields)) => {
            json!({"shard": shard, "format": format, "text_fields": text_fields})
        }
        Err(error) => json!({
            "shard": error.path().display().to_string(),
            "error": error.to_string(),
        }),
    };
    // A value that was made of text is written to memory.
    let line = to_json_line(&object).expect("JSON of strings can be written");
    String::from_utf8(line).expect("JSON is text")
}
