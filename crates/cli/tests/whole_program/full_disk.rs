//! A disk that is full is an error when it is written to, and leaves nothing that looks like an index.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::{names, path, run, write};

/// A small file system in memory, gone when dropped.
struct SmallDisk(String);

impl SmallDisk {
    /// `None` where this may not be done; then it says so, past the test runner.
    fn mount(at: &str) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let mounted = mount(&["-t", "tmpfs", "-o", "size=4k", "tmpfs", at]);
        if !mounted {
            let _ = writeln!(std::io::stderr(), "skipped: full disk: no tmpfs can be mounted");
            return None;
        }
        Some(Self(at.to_owned()))
    }

    fn resize(&self, kilobytes: u32) {
        assert!(mount(&["-o", &format!("remount,size={kilobytes}k"), &self.0]));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str]) -> bool {
    let run = Command::new("mount").args(arguments).output();
    run.is_ok_and(|run| run.status.success())
}

/// Sessions with so many different files written in them.
fn write_logs(directory: &TempDir, files: u32) -> String {
    for session in 0..files.div_ceil(20) {
        let mut log = String::new();
        for file in 0..20 {
            let mut text = String::new();
            for line in 0..60_u32 {
                let word = (session * 20 + file) * 60 + line;
                let word = u64::from(word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                write!(text, "let {word:x}_quay = mast.gull({line}, {:x});\\n", word >> 20)
                    .unwrap();
            }
            writeln!(
                log,
                "{{\"type\":\"assistant\",\"uuid\":\"{session}-{file}\",\"timestamp\":\"2026-04-16T08:00:01.037Z\",\
                 \"sessionId\":\"s-{session}\",\"version\":\"2.1.140\",\"cwd\":\"/home/mara\",\"message\":{{\"model\":\"m\",\
                 \"id\":\"msg_{file}\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{{\"type\":\"tool_use\",\
                 \"id\":\"toolu_{file}\",\"name\":\"Write\",\"input\":{{\"file_path\":\"{file}.rs\",\"content\":\"{text}\"}}}}]}}}}"
            )
            .unwrap();
        }
        write(directory, &format!("logs/s-{session}.jsonl"), &log);
    }
    path(directory, "logs")
}

#[test]
fn a_full_disk_is_named_with_the_room_that_is_needed_and_nothing_is_left() {
    let directory = TempDir::new().unwrap();
    let logs = write_logs(&directory, 200);
    let mounted = path(&directory, "disk");
    let Some(disk) = SmallDisk::mount(&mounted) else {
        return;
    };
    let index = format!("{mounted}/logs.seepage");
    let mut refused = 0;
    for kilobytes in (0..).map(|step| (2 + step % 2) << (2 + step / 2)) {
        disk.resize(kilobytes);
        let run = run(&["index", "build", &logs, "-o", &index, "--memory", "64M"]);
        if run.code == Some(0) {
            break;
        }
        assert_eq!(Some(2), run.code, "{kilobytes} kB: {}", run.stderr);
        for expected in [
            "seepage: error: no room for the index: `",
            "No space left on device",
            "are needed beside the output",
        ] {
            assert!(run.stderr.contains(expected), "{kilobytes} kB: {}", run.stderr);
        }
        assert!(names(&mounted).is_empty(), "{kilobytes} kB");
        refused += 1;
    }
    assert!(refused > 5, "{refused}");
    assert!(Path::new(&index).join("MANIFEST.json").exists());
    assert_eq!(vec!["logs.seepage"], names(&mounted));
}
