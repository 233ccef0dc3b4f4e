//! `seepage index upgrade`.

use seepage_engine::{UpgradePlan, UpgradeReport, upgrade_index};
use seepage_report::Untrusted;

use crate::index::args::UpgradeArguments;
use crate::index::build;
use crate::job::progress::watch;
use crate::job::snapshot::Job;
use crate::screen::failure::Failure;
use crate::screen::print::print;
use crate::screen::quantity;

pub(crate) fn run(arguments: &UpgradeArguments) -> Result<u8, Failure> {
    let named = |path: &std::path::Path| path.canonicalize().ok();
    let old = named(&arguments.old);
    if old.is_some() && old == named(&arguments.output) {
        return Err(Failure::new("the new index would replace the old one")
            .with_hint("give the new index another name with `-o`"));
    }
    let plan = UpgradePlan {
        old: arguments.old.clone(),
        output: arguments.output.clone(),
        backgrounds: arguments.backgrounds.clone(),
        memory: arguments.memory.bytes(),
        threads: arguments.work.threads(),
    };
    let report = watch(&arguments.work, Job::Build, |progress| upgrade_index(&plan, progress))
        .map_err(build::explain)?;
    let path = arguments.old.display().to_string();
    if report.is_current {
        return Err(Failure::new(format!(
            "index `{}` has format {} and rules {}, which are those of this version",
            Untrusted(&path),
            report.format,
            report.rules
        ))
        .with_hint("use it as it is: nothing was written"));
    }
    print(&words(&report))?;
    Ok(0)
}

fn words(report: &UpgradeReport) -> String {
    let passages = |count| quantity::counted(count, "passage", "passages");
    let mut lines = vec![format!(
        "{} written, made of an index of format {} and rules {}",
        passages(report.passages),
        report.format,
        report.rules
    )];
    if report.duplicates > 0 {
        let copies = passages(report.duplicates);
        lines.push(format!("{copies} said what another one said, and are one with it now"));
    }
    if report.left_out > 0 {
        let left_out = passages(report.left_out);
        lines.push(format!("{left_out} left out: too short or too plain for the rules of today"));
    }
    if report.backgrounds > 0 {
        let backgrounds = quantity::counted(report.backgrounds, "background", "backgrounds");
        lines.push(format!(
            "the old index was built with {backgrounds} beside the built-in one, and the new one with those that \
             `--background` named"
        ));
    }
    if report.format == 1 {
        lines.push(
            "format 1 did not keep: other authors of a text than the first, what models wrote beside code and prose, \
             and what could not be read of the logs; where the logs are still there, build the index again"
                .to_owned(),
        );
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_old_format_did_not_keep_is_said() {
        let report = UpgradeReport {
            format: 1,
            rules: 1,
            is_current: false,
            backgrounds: 1,
            passages: 1200,
            duplicates: 3,
            left_out: 2,
        };
        let expected = "\
1,200 passages written, made of an index of format 1 and rules 1
3 passages said what another one said, and are one with it now
2 passages left out: too short or too plain for the rules of today
the old index was built with 1 background beside the built-in one, and the new one with those that `--background` named
format 1 did not keep: other authors of a text than the first, what models wrote beside code and prose, and what could not \
be read of the logs; where the logs are still there, build the index again
";
        assert_eq!(words(&report), expected);
    }
}
