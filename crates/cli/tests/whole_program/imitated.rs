//! What a model makes after something that it has read is like that but for the names. Whoever wrote the original must not be
//! accused of it.

use serde_json::json;
use tempfile::TempDir;

use crate::{path, run_expecting, write};

/// A file that a person wrote.
const ORIGINAL: &str = r#"package harbour

func (q *Quay) Moor(ship *Ship, lines []Line) (Berth, error) {
	for i, berth := range q.berths {
		if berth.taken || berth.depth < ship.draught {
			continue
		}
		if err := berth.reserve(ship.name, lines[i]); err != nil {
			return Berth{}, fmt.Errorf("moor %s: %w", ship.name, err)
		}
		q.berths[i].taken = true
		q.log.Printf("%s moored at %d", ship.name, i)
		return berth, nil
	}
	return Berth{}, ErrFull
}

func (q *Quay) Leave(ship *Ship) error {
	for i := range q.berths {
		if q.berths[i].ship != ship.name {
			continue
		}
		q.berths[i].taken = false
		q.berths[i].ship = ""
		return q.harbour.settle(ship, q.fees[i])
	}
	return ErrUnknown
}
"#;

/// The same with other names.
fn imitation() -> String {
    let names = [
        ("harbour", "theatre"),
        ("Quay", "Hall"),
        ("Moor", "Seat"),
        ("ship", "guest"),
        ("Ship", "Guest"),
        ("lines", "rows"),
        ("Line", "Row"),
        ("Berth", "Chair"),
        ("berth", "chair"),
        ("taken", "sold"),
        ("depth", "width"),
        ("draught", "size"),
        ("reserve", "assign"),
        ("moored", "seated"),
        ("moor", "seat"),
        ("Leave", "Refund"),
        ("settle", "repay"),
        ("fees", "prices"),
        ("Full", "SoldOut"),
        ("Unknown", "Nobody"),
        ("name", "title"),
    ];
    names.iter().fold(ORIGINAL.to_owned(), |text, (old, new)| text.replace(old, new))
}

fn record(number: u32, kind: &str, content: &serde_json::Value) -> String {
    let line = json!({
        "parentUuid": null, "isSidechain": false, "type": kind, "uuid": format!("u{number}"),
        "timestamp": format!("2026-01-12T10:{number:02}:00.000Z"), "cwd": "/home/mara", "sessionId": "s1",
        "version": "2.1.44",
        "message": {
            "model": "claude-opus-4-6", "id": format!("m{number}"), "type": "message",
            "role": kind, "content": [content],
        },
    });
    format!("{line}\n")
}

fn call(number: u32, tool: &str, input: &serde_json::Value) -> String {
    record(
        number,
        "assistant",
        &json!({ "type": "tool_use", "id": format!("t{number}"), "name": tool, "input": input }),
    )
}

#[test]
fn whoever_wrote_what_a_model_imitated_is_not_accused() {
    let directory = TempDir::new().unwrap();
    let corpus = write(&directory, "quay.go", ORIGINAL);
    let wrote =
        call(3, "Write", &json!({ "file_path": "/home/mara/hall.go", "content": imitation() }));
    let read = call(1, "Read", &json!({ "file_path": "/home/mara/quay.go" }))
        + &record(
            2,
            "user",
            &json!({ "type": "tool_result", "tool_use_id": "t1", "content": ORIGINAL }),
        );
    for (name, log, expected) in
        [("unread", wrote.clone(), 1), ("read", format!("{read}{wrote}"), 0)]
    {
        let logs = write(&directory, &format!("{name}.jsonl"), &log);
        let index = path(&directory, &format!("{name}.seepage"));
        run_expecting(0, &["index", "build", &logs, "-o", &index]);
        run_expecting(expected, &["scan", &corpus, "--index", &index]);
        // Its own words still say who wrote it.
        let own = write(&directory, "hall.go", &imitation());
        run_expecting(1, &["scan", &own, "--index", &index]);
    }
}
