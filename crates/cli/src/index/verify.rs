//! `seepage index verify`.

use std::error::Error;

use seepage_index::{CheckedFile, Index, OpenError, verify};
use seepage_report::Untrusted;
use serde_json::json;

use crate::index::args::VerifyArguments;
use crate::screen::failure::{EXIT_ERROR, Failure};
use crate::screen::print::{print, print_json};
use crate::screen::quantity;

pub(crate) fn run(arguments: &VerifyArguments) -> Result<u8, Failure> {
    let checked = match verify(&arguments.index) {
        Ok(checked) => checked,
        Err(error) => {
            if arguments.json {
                print_object(&[], Some(&error))?;
            }
            return Err(error.into());
        }
    };
    let is_sound = checked.iter().all(|file| file.error.is_none());
    // Right checksums over numbers that lead nowhere are no index either.
    let opened = if is_sound { Index::open(&arguments.index).err() } else { None };
    if arguments.json {
        print_object(&checked, opened.as_ref())?;
    } else {
        let lines: String = checked.iter().map(line).collect();
        print(&lines)?;
    }
    match opened {
        Some(error) => Err(error.into()),
        None => Ok(if is_sound { 0 } else { EXIT_ERROR }),
    }
}

fn print_object(checked: &[CheckedFile], error: Option<&OpenError>) -> Result<(), Failure> {
    let files: Vec<_> = checked.iter().map(object).collect();
    let error = error.map(|error| words_of(error));
    let object = json!({"files": files, "error": error});
    print_json(&object)
}

fn line(file: &CheckedFile) -> String {
    match &file.error {
        None => format!("ok       {}  {}\n", file.name, quantity::bytes(file.len)),
        Some(error) => {
            let words = Untrusted(&words_of(error)).to_string();
            format!("damaged  {}  {words}\n", file.name)
        }
    }
}

fn object(file: &CheckedFile) -> serde_json::Value {
    let error = file.error.as_ref().map(|error| words_of(error));
    json!({"file": file.name, "bytes": file.len, "ok": error.is_none(), "error": error})
}

/// The error and its causes.
fn words_of(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |words, cause| format!("{words}: {cause}"))
}
