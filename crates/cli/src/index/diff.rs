//! `seepage index diff`.

use std::collections::{BTreeMap, HashSet};

use seepage_index::{Index, OpenError};
use seepage_report::Untrusted;
use serde_json::json;

use crate::index::args::DiffArguments;
use crate::index::open::open;
use crate::screen::failure::Failure;
use crate::screen::listing::Listing;
use crate::screen::print::{print, print_json};
use crate::screen::quantity;
use crate::screen::style::Style;

/// Sessions are spelled out up to here; `--json` has all.
const SESSIONS_MAX: usize = 10;
/// The exit code where the indexes do not hold the same passages.
const EXIT_DIFFERENT: u8 = 1;

/// How many passages of an index another one does not hold, by session.
type Only = BTreeMap<String, u64>;

pub(crate) fn run(arguments: &DiffArguments) -> Result<u8, Failure> {
    let [left, right] = [&arguments.left, &arguments.right].map(|path| open(path));
    let (left, right) = (left?, right?);
    let only = [only(&left, &right)?, only(&right, &left)?];
    let is_same = only.iter().all(Only::is_empty);
    if arguments.json {
        let side = |only: &Only| json!({"passages": only.values().sum::<u64>(), "sessions": only});
        let object = json!({"same": is_same, "left": side(&only[0]), "right": side(&only[1])});
        print_json(&object)?;
    } else {
        print(&words(arguments, &only))?;
    }
    Ok(if is_same { 0 } else { EXIT_DIFFERENT })
}

fn only(of: &Index, other: &Index) -> Result<Only, OpenError> {
    let known: HashSet<u128> = other.passages().map(|id| other.content(id)).collect();
    let mut only = Only::new();
    for passage in of.passages() {
        if !known.contains(&of.content(passage)) {
            let from = of.provenance(passage)?;
            *only.entry(from.session_id.clone()).or_default() += 1;
        }
    }
    Ok(only)
}

fn words(arguments: &DiffArguments, only: &[Only; 2]) -> String {
    if only.iter().all(Only::is_empty) {
        return "both hold the same passages\n".to_owned();
    }
    let mut rows = Listing::new(Style::of_stdout());
    for (path, only) in [&arguments.left, &arguments.right].into_iter().zip(only) {
        rows.line(&format!(
            "only in {}: {} of {}",
            Untrusted(&path.display().to_string()),
            quantity::counted(only.values().sum(), "passage", "passages"),
            quantity::counted(only.len() as u64, "session", "sessions")
        ));
        for (session, count) in only.iter().take(SESSIONS_MAX) {
            rows.line(&format!("  {} {}", Untrusted(session), quantity::count(*count)));
        }
        if only.len() > SESSIONS_MAX {
            let more = quantity::count((only.len() - SESSIONS_MAX) as u64);
            rows.line(&format!("  and {more} more"));
        }
    }
    rows.finish()
}
