//! `seepage index merge`.

use seepage_engine::{MergePlan, MergeReport, merge_index};

use crate::index::args::MergeArguments;
use crate::index::build;
use crate::job::progress::watch;
use crate::job::snapshot::Job;
use crate::screen::failure::Failure;
use crate::screen::print::print;
use crate::screen::quantity;

pub(crate) fn run(arguments: &MergeArguments) -> Result<u8, Failure> {
    let plan = MergePlan {
        index: arguments.index.clone(),
        backgrounds: arguments.change.backgrounds.clone(),
        memory: arguments.change.memory.bytes(),
        threads: arguments.change.work.threads(),
    };
    let report = watch(&arguments.change.work, Job::Build, |progress| merge_index(&plan, progress))
        .map_err(build::explain)?;
    print(&words(&report))?;
    Ok(0)
}

fn words(report: &MergeReport) -> String {
    if report.is_unchanged {
        return "nothing to merge: one segment, and nothing removed from it\n".to_owned();
    }
    let mut parts = vec![format!(
        "{} merged into one of {}",
        quantity::counted(report.segments, "segment", "segments"),
        quantity::counted(report.passages, "passage", "passages")
    )];
    if report.removed > 0 {
        let removed = quantity::counted(report.removed, "removed passage", "removed passages");
        parts.push(format!("the texts of {removed} are gone"));
    }
    if report.duplicates > 0 {
        let copies = quantity::counted(report.duplicates, "copy", "copies");
        parts.push(format!("{copies} of earlier texts left out"));
    }
    parts.join("; ") + "\n"
}
