//! `seepage index add`.

use seepage_engine::{AddPlan, AddReport, add_to_index};

use crate::index::args::AddArguments;
use crate::index::build;
use crate::job::progress::watch;
use crate::job::snapshot::Job;
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::listing::Listing;
use crate::screen::print::{note, print};
use crate::screen::quantity;
use crate::screen::style::Style;

pub(crate) fn run(arguments: &AddArguments) -> Result<u8, Failure> {
    let plan = AddPlan {
        inputs: arguments.logs.clone(),
        index: arguments.output.clone(),
        backgrounds: arguments.change.backgrounds.clone(),
        memory: arguments.change.memory.bytes(),
        threads: arguments.change.work.threads(),
    };
    let report =
        watch(&arguments.change.work, Job::Build, |progress| add_to_index(&plan, progress))
            .map_err(build::explain)?;
    build::warn(&report.read);
    print(&table(&report, Style::of_stdout()))?;
    if report.read.files_failed.is_empty() {
        return Ok(0);
    }
    note(&format!(
        "the index is without {}, so this exits with {EXIT_ERROR}",
        build::failed_files(&report.read)
    ));
    Ok(EXIT_ERROR)
}

fn table(report: &AddReport, style: Style) -> String {
    let mut rows = Listing::new(style);
    let known = quantity::counted(report.logs_known, "log file", "log files");
    if !report.is_changed {
        rows.line(&format!("nothing new: the index holds all of {known} already"));
        return rows.finish();
    }
    let facts = &report.read.facts;
    rows.row(
        "logs",
        &format!(
            "{} read, {} known and not read unless their session went on",
            quantity::counted(facts.logs_read, "new file", "new files"),
            quantity::count(report.logs_known)
        ),
    );
    let passages = |count| quantity::counted(count, "passage", "passages");
    rows.row("added", &passages(report.passages_added));
    if report.authors_replaced > 0 {
        let times = quantity::counted(report.authors_replaced, "time", "times");
        rows.row(
            "replaced",
            &format!("{times} that a passage was written, which the logs tell otherwise now"),
        );
    }
    if report.read.texts_removed > 0 {
        rows.row(
            "kept out",
            &format!(
                "{} that had been removed",
                quantity::counted(report.read.texts_removed, "text", "texts")
            ),
        );
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use seepage_engine::BuildReport;
    use seepage_index::BuildFacts;

    use super::*;

    #[test]
    fn the_table_says_what_is_new() {
        let mut report = AddReport { logs_known: 1000, ..AddReport::default() };
        let nothing = "nothing new: the index holds all of 1,000 log files already\n";
        assert_eq!(table(&report, Style::plain()), nothing);
        report.is_changed = true;
        report.passages_added = 12;
        let facts = BuildFacts { logs_read: 1, ..BuildFacts::default() };
        report.read = BuildReport { facts, ..BuildReport::default() };
        let added = "\
logs          1 new file read, 1,000 known and not read unless their session went on
added         12 passages
";
        assert_eq!(table(&report, Style::plain()), added);
        report.authors_replaced = 2;
        report.read.texts_removed = 1;
        let more = "\
replaced      2 times that a passage was written, which the logs tell otherwise now
kept out      1 text that had been removed
";
        assert_eq!(table(&report, Style::plain()), format!("{added}{more}"));
    }
}
