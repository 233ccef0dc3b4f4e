//! Near-identical passages: the same file, written again and again.

use seepage_detect::{ResemblanceMin, ShingleScratch, Shingles, SketchTable};
use seepage_index::{Passage, PassageId};

/// Passages that resemble each other so much are one family.
const RESEMBLANCE_MIN: f32 = 0.9;

/// The passages of an index so far, in order. Their shingles take some 8 bytes a word.
#[derive(Debug, Default)]
pub(crate) struct Families {
    table: SketchTable,
    members: Vec<Member>,
    scratch: ShingleScratch,
}

/// A passage, before it is known whether it is indexed.
#[derive(Debug)]
pub(crate) struct Member {
    family: PassageId,
    /// None of a short one, which is a family of its own.
    shingles: Option<Shingles>,
}

impl Families {
    /// Gives `passage`, the next of the index, its family: that of the first one that it resembles, else its own.
    pub(crate) fn place(&mut self, passage: &mut Passage) -> Member {
        let shingles = Shingles::of(passage.text.as_bytes(), &passage.spans, &mut self.scratch);
        let known = shingles.as_ref().and_then(|own| self.family_of(own));
        // The writer refuses what has more passages than ids.
        let family = known.unwrap_or(PassageId(self.members.len() as u32));
        passage.provenance.family = family;
        Member { family, shingles }
    }

    fn family_of(&self, own: &Shingles) -> Option<PassageId> {
        let resemblance_min = ResemblanceMin::new(RESEMBLANCE_MIN).ok()?;
        let mut alike = vec![];
        self.table
            .lookup(&own.sketch()?, resemblance_min, &mut alike);
        alike.into_iter().find_map(|(passage, _)| {
            let member = self.members.get(passage.0 as usize)?;
            let exact = member.shingles.as_ref()?.resemblance(own);
            (exact >= RESEMBLANCE_MIN).then_some(member.family)
        })
    }

    /// Adds the passage that was placed last, once it is indexed.
    pub(crate) fn add(&mut self, member: Member) {
        let id = PassageId(self.members.len() as u32);
        if let Some(sketch) = member.shingles.as_ref().and_then(Shingles::sketch) {
            self.table.insert(id, sketch);
        }
        self.members.push(member);
    }
}

#[cfg(test)]
mod tests {
    use seepage_index::Provenance;

    use super::*;

    /// So many lines, of which the numbered ones are rewritten.
    fn file(seed: u32, rewritten: &[u32]) -> String {
        let line = |number: u32| {
            let verb = if rewritten.contains(&number) {
                "remove"
            } else {
                "insert"
            };
            let word = |salt: u32| {
                let mixed = (seed * 7919 + number * 31 + salt).wrapping_mul(0x9e37_79b9);
                [
                    "quay", "ledger", "mast", "gull", "rope", "crane", "tide", "buoy",
                ][(mixed >> 29) as usize]
            };
            let name = char::from(b'a' + (number % 26) as u8);
            format!(
                "{}_{name}.{verb}({}, {}.{}());\n",
                word(1),
                word(2),
                word(3),
                word(4)
            )
        };
        (0..80).map(line).collect()
    }

    /// The family of each text, as if each were indexed but those that are empty.
    #[track_caller]
    fn check(texts: &[&str], expected: &[u32]) {
        let mut families = Families::default();
        let mut found = vec![];
        for text in texts {
            let mut passage = Passage {
                provenance: provenance(),
                text: (*text).to_owned(),
                spans: std::iter::once(0..text.len() as u32).collect(),
            };
            let member = families.place(&mut passage);
            if !text.is_empty() {
                families.add(member);
                found.push(passage.provenance.family.0);
            }
        }
        assert_eq!(found, expected);
    }

    fn provenance() -> Provenance {
        Provenance {
            tool: "codex".to_owned(),
            model: None,
            session_id: "session-1".to_owned(),
            message_id: None,
            call_id: None,
            authored_at: None,
            cwd: None,
            file_path: None,
            kind: "file".to_owned(),
            applied: None,
            log_path: "logs/rollout.jsonl".to_owned(),
            log_line: 1,
            bytes_written: 0,
            bytes_subtracted: 0,
            family: PassageId(u32::MAX),
        }
    }

    #[test]
    fn rewrites_of_one_file_are_the_family_of_the_first() {
        let first = file(1, &[]);
        let (second, third) = (file(1, &[3]), file(1, &[3, 40]));
        let other = file(2, &[]);
        check(&[&first, &second, &other, &third], &[0, 0, 2, 0]);
    }

    #[test]
    fn a_rewrite_of_a_rewrite_stays_in_the_family() {
        let texts: Vec<String> = (0..30)
            .map(|edits| file(1, &(0..edits).collect::<Vec<_>>()))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check(&texts, &[0; 30]);
        check(&[texts[0], texts[29]], &[0, 1]);
    }

    #[test]
    fn what_is_not_indexed_or_too_short_takes_no_part() {
        let first = file(1, &[]);
        check(&["", &first, "", &first, "a b c", "a b c"], &[0, 0, 2, 3]);
    }
}
