//! `seepage index remove`.

use seepage_engine::{RemovePlan, RemoveReport, remove_from_index};
use seepage_index::Removals;

use crate::index::args::RemoveArguments;
use crate::index::build;
use crate::places::lines_of_list;
use crate::screen::failure::Failure;
use crate::screen::print::print;
use crate::screen::quantity;

pub(crate) fn run(arguments: &RemoveArguments) -> Result<u8, Failure> {
    let logs = arguments.file_list.as_deref().map(lines_of_list).transpose()?;
    let plan = RemovePlan {
        index: arguments.index.clone(),
        removals: Removals {
            sessions: arguments.sessions.iter().cloned().collect(),
            logs: logs.unwrap_or_default().into_iter().collect(),
            before: arguments.before,
            ..Removals::default()
        },
        dry_run: arguments.dry_run,
    };
    let report = remove_from_index(&plan).map_err(build::explain)?;
    if report.removed + report.shared == 0
        && (report.is_remembered || plan.removals.before.is_some())
    {
        print("nothing to remove; what was asked for is remembered\n")?;
        return Ok(0);
    }
    if report.removed + report.shared == 0 {
        return Err(Failure::new(format!(
            "none of the {} of `{}` is such a one; nothing was changed",
            quantity::counted(report.passages, "passage", "passages"),
            arguments.index.display()
        ))
        .with_hint(
            "`seepage index export INDEX` has the sessions, times and log paths of all passages",
        ));
    }
    print(&words(&report, &plan))?;
    Ok(0)
}

fn words(report: &RemoveReport, plan: &RemovePlan) -> String {
    let index = plan.index.display();
    let of = format!(
        "{} of {}",
        quantity::count(report.removed),
        quantity::counted(report.passages, "passage", "passages")
    );
    let mut words = if plan.dry_run {
        format!("{of} would be removed; nothing was changed\n")
    } else {
        format!(
            "{of} removed; their texts are on the disk until `seepage index merge {index}` is done\n"
        )
    };
    if report.shared > 0 {
        words += &quantity::counted(report.shared, "passage", "passages");
        words += " stayed because other sessions wrote the same\n";
    }
    if plan.removals.before.is_some() && report.timeless > 0 {
        words += &quantity::counted(report.timeless, "author", "authors");
        words += " without a time stayed\n";
    }
    words
}
