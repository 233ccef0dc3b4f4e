//! Reads the table of `crates/README.md`. That table is the law: there is no second copy of it in here.

/// One row of the map.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Floor 0 is for tests only.
    pub(crate) floor: u32,
    /// The crate's folder under `crates/`.
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) may_import: Vec<String>,
    /// `forbid`, or where in the crate `unsafe` may stand.
    pub(crate) unsafe_rule: String,
}

/// The rows of the map's table: those that start with a number.
pub(crate) fn rooms(map: &str) -> Vec<Room> {
    map.lines().filter_map(room).collect()
}

fn room(line: &str) -> Option<Room> {
    let cells: Vec<&str> =
        line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let [floor, name, description, may_import, unsafe_rule] = cells[..] else {
        return None;
    };
    Some(Room {
        floor: floor.parse().ok()?,
        name: name.trim_matches('`').to_owned(),
        description: description.to_owned(),
        may_import: may_import
            .split(", ")
            .filter(|import| *import != "nothing")
            .map(str::to_owned)
            .collect(),
        unsafe_rule: unsafe_rule.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_and_the_head_is_not() {
        let map = "| floor | crate | what | may import | `unsafe` |\n|---|---|---|---|---|\n\
                   | 2 | `index` | passages | text, fingerprint | forbid |\n| 1 | `text` | views | nothing | forbid |";
        let rooms = rooms(map);
        assert_eq!(2, rooms.len());
        assert_eq!(
            (2, "index", "passages"),
            (rooms[0].floor, &*rooms[0].name, &*rooms[0].description)
        );
        assert_eq!(["text", "fingerprint"], *rooms[0].may_import);
        assert_eq!("forbid", rooms[0].unsafe_rule);
        assert!(rooms[1].may_import.is_empty());
    }
}
