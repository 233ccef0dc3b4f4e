//! How much memory a job may take: what `--memory` says, or a share of what the machine has.

use std::fs;
use std::path::Path;

use crate::screen::quantity::parse_bytes;

/// Less than this would be used up by buffers and the program itself.
const MEMORY_MIN: usize = 64 << 20;
/// The memory of a machine that does not say what it has.
const MEMORY_UNKNOWN: u64 = 4 << 30;
/// The divisor of what the machine has: other programs and the cache of files need memory, too.
const PARTS: u64 = 4;

/// Parses the value of `--memory`.
pub(crate) fn parse_memory(text: &str) -> Result<usize, String> {
    match parse_bytes(text)? {
        memory if memory < MEMORY_MIN => Err("a job needs `64M` of memory at least".to_owned()),
        memory => Ok(memory),
    }
}

/// A quarter of the machine's memory, or of what this program's group of processes may have.
pub(crate) fn default_memory() -> usize {
    let limit = machine_memory().into_iter().chain(group_limits()).min();
    let part = limit.unwrap_or(MEMORY_UNKNOWN) / PARTS;
    usize::try_from(part).unwrap_or(usize::MAX).max(MEMORY_MIN)
}

/// Bytes of memory of the machine; only Linux says it in a file.
fn machine_memory() -> Option<u64> {
    total_of(&fs::read_to_string("/proc/meminfo").ok()?)
}

/// `MemTotal:       24087404 kB`
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The limits of the control groups that this program is in, and of those above them.
fn group_limits() -> Vec<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let places = groups.lines().filter_map(limit_place);
    places.flat_map(|(root, group, file)| limits_below(Path::new(root), group, file)).collect()
}

/// The mount, the group and the file of a line of `/proc/self/cgroup`: `0::/a/b` of version 2, `4:memory:/a/b` of version 1.
fn limit_place(line: &str) -> Option<(&'static str, &str, &'static str)> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, group) = (parts.next()?, parts.next()?);
    let group = group.trim_start_matches('/');
    if controllers.is_empty() {
        Some(("/sys/fs/cgroup", group, "memory.max"))
    } else if controllers.split(',').any(|name| name == "memory") {
        Some(("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"))
    } else {
        None
    }
}

/// The numbers in `file` of a group and of all groups above it. A group without the file, or with `max` in it, has no
/// limit.
fn limits_below(root: &Path, group: &str, file: &str) -> Vec<u64> {
    Path::new(group)
        .ancestors()
        .filter_map(|group| fs::read_to_string(root.join(group).join(file)).ok())
        .filter_map(|limit| limit.trim().parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_the_machine_is_in_kilobytes() {
        for (text, expected) in [
            ("MemTotal:       24087404 kB\nMemFree: 1 kB\n", Some(24_087_404 << 10)),
            ("MemFree: 1 kB\nMemTotal: 8 kB\n", Some(8192)),
            ("MemTotal: 8\n", None),
            ("MemTotal: 99999999999999999999 kB\n", None),
            ("", None),
        ] {
            assert_eq!(expected, total_of(text), "{text}");
        }
    }

    #[test]
    fn both_versions_of_control_groups_have_a_limit() {
        for (line, expected) in [
            ("0::/a/b", Some(("/sys/fs/cgroup", "a/b", "memory.max"))),
            ("0::/", Some(("/sys/fs/cgroup", "", "memory.max"))),
            ("4:memory:/a:b", Some(("/sys/fs/cgroup/memory", "a:b", "memory.limit_in_bytes"))),
            ("9:cpu,memory:/", Some(("/sys/fs/cgroup/memory", "", "memory.limit_in_bytes"))),
            ("3:cpuset:/", None),
            ("", None),
        ] {
            assert_eq!(expected, limit_place(line), "{line}");
        }
    }

    #[test]
    fn a_group_has_the_limits_of_those_above_it_too() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b/c")).unwrap();
        for (group, limit) in [("", "max\n"), ("a", "4096\n"), ("a/b/c", "8192\n")] {
            fs::write(root.path().join(group).join("memory.max"), limit).unwrap();
        }
        let mut limits = limits_below(root.path(), "a/b/c", "memory.max");
        limits.sort_unstable();
        assert_eq!(vec![4096, 8192], limits);
    }

    #[test]
    fn the_default_is_a_quarter_or_less_and_never_too_little() {
        let memory = default_memory();
        assert!(memory >= MEMORY_MIN);
        let machine = machine_memory().map(|all| all as usize);
        assert!(machine.is_none_or(|all| memory <= (all / 4).max(MEMORY_MIN)));
    }

    #[test]
    fn memory_is_a_size_of_64_mib_or_more() {
        for (text, expected) in [
            ("64M", Ok(64 << 20)),
            ("2G", Ok(2 << 30)),
            ("300GiB", Ok(300 << 30)),
            ("65535K", Err("a job needs `64M` of memory at least")),
            ("0", Err("a job needs `64M` of memory at least")),
            ("2", Err("a job needs `64M` of memory at least")),
            ("lots", Err("`LOTS` is not a unit; the units are K, M and G")),
            ("-2G", Err("not a size; write e.g. `64M`")),
        ] {
            assert_eq!(expected.map_err(str::to_owned), parse_memory(text), "{text}");
        }
    }
}
