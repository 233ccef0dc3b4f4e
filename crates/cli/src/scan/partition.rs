//! Parses `--partition`, which names a part or leaves it to a scheduler.

use seepage_engine::Partition;

/// Parses `i/n`, or `auto` and `auto/n`, for which the environment names the part: that of a Slurm array, or of a
/// Kubernetes indexed job.
pub(crate) fn parse_partition(text: &str) -> Result<Partition, String> {
    partition(text, &|name| std::env::var(name).ok())
}

fn partition(
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Partition, String> {
    let (part, count) = match text.split_once('/') {
        Some((part, count)) => (part, Some(number("the number of parts", count)?)),
        None => (text, None),
    };
    let (part, count) = match (part, count) {
        ("auto", count) => scheduled(count, environment)?,
        (part, Some(count)) => (number("the part", part)?, count),
        _ => return Err("write `i/n`, `auto` or `auto/n`".to_owned()),
    };
    Partition::new(part, count)
        .ok_or_else(|| format!("there is no part {part} of {count}; parts count from 1"))
}

/// The part that a scheduler asks for, from 1, and how many there are.
fn scheduled(
    count: Option<u32>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(u32, u32), String> {
    let get = |name: &str| {
        let value = environment(name);
        value.map(|value| number(name, &value)).transpose()
    };
    if let Some(task) = get("SLURM_ARRAY_TASK_ID")? {
        if get("SLURM_ARRAY_TASK_STEP")?.is_some_and(|step| step != 1) {
            return Err("a Slurm array with a step has tasks that are no parts".to_owned());
        }
        let first = get("SLURM_ARRAY_TASK_MIN")?.unwrap_or(1);
        let tasks = get("SLURM_ARRAY_TASK_COUNT")?;
        let count = count.or(tasks).ok_or("SLURM_ARRAY_TASK_COUNT is not set; write `auto/n`")?;
        return Ok((task.saturating_sub(first).saturating_add(1), count));
    }
    if let Some(index) = get("JOB_COMPLETION_INDEX")? {
        let count =
            count.ok_or("Kubernetes does not say how many parts there are; write `auto/n`")?;
        return Ok((index.saturating_add(1), count));
    }
    Err("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; write `i/n`".to_owned())
}

fn number(what: &str, text: &str) -> Result<u32, String> {
    let number = text.trim().parse();
    number.map_err(|_| format!("{what} is `{text}`, which is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, environment: &[(&str, &str)], expected: Result<&str, &str>) {
        let get = |name: &str| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match (partition(text, &get), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.to_string(), expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn a_part_is_named_by_people_from_one() {
        check("3/10", &[], Ok("3/10"));
        check("1/1", &[], Ok("1/1"));
        for wrong in ["0/10", "11/10", "1/0"] {
            check(wrong, &[], Err("there is no part"));
        }
        check("three/10", &[], Err("the part is `three`"));
        check("3", &[], Err("write `i/n`"));
        check("3/", &[], Err("the number of parts"));
    }

    #[test]
    fn a_part_is_named_by_the_array_that_a_task_is_of() {
        let task = ("SLURM_ARRAY_TASK_ID", "7");
        let count = ("SLURM_ARRAY_TASK_COUNT", "4");
        let first = ("SLURM_ARRAY_TASK_MIN", "5");
        check("auto", &[task, count, first], Ok("3/4"));
        check("auto", &[task, ("SLURM_ARRAY_TASK_COUNT", "8")], Ok("7/8"));
        check("auto/8", &[task], Ok("7/8"));
        check("auto", &[task], Err("TASK_COUNT is not set"));
        check("auto", &[task, count], Err("there is no part 7 of 4"));
        let step = ("SLURM_ARRAY_TASK_STEP", "2");
        check("auto", &[task, count, step], Err("with a step"));
    }

    #[test]
    fn a_part_is_named_by_the_indexed_job_that_a_pod_is_of() {
        let pod = ("JOB_COMPLETION_INDEX", "0");
        check("auto/32", &[pod], Ok("1/32"));
        check("auto", &[pod], Err("write `auto/n`"));
        check("auto", &[], Err("neither"));
        check("auto/2", &[("JOB_COMPLETION_INDEX", "x")], Err("no number"));
    }
}
