use super::*;
use crate::words::shell::extract_command;

/// Each row: class, path, text.
#[track_caller]
fn check(command: &str, expected: &[(Class, Option<&str>, &str)]) {
    let mut extracted = Extracted::default();
    extract_command(command, &mut extracted);
    let drafts = extracted.drafts.iter();
    let actual: Vec<_> =
        drafts.map(|it| (it.class, it.file_path.as_deref(), it.text.as_str())).collect();
    assert_eq!(expected, actual, "{command}");
}

#[test]
fn the_script_of_an_interpreter_is_taken() {
    let shell = |text| [(Class::Shell, None, text)];
    check("python3 -c 'import a\na.b(1)'", &shell("import a\na.b(1)"));
    check("cd x && uv run python -c \"print(1)\" | head", &shell("print(1)"));
    check("FOO=1 /usr/bin/python3.12 -u -c 'x = 1'", &shell("x = 1"));
    check("timeout 10 node -r dotenv/config -e 'f(1)' ", &shell("f(1)"));
    check("node --eval 'f(1)'", &shell("f(1)"));
    check("docker exec -it db psql -U me base -c 'select a from b'", &shell("select a from b"));
    check("deno eval 'f(1)'", &shell("f(1)"));
    check("ls $(node -p 'a.b')", &shell("a.b"));
}

#[test]
fn what_is_the_argument_of_a_script_is_none() {
    check("python3 run.py -c 'a b'", &[]);
    check("python3 -m tool -c 'a b'", &[]);
    check("node server.js -e production", &[]);
    check("grep -rn 'python -c x' .", &[]);
    check("gcc -c 'a b.c'", &[]);
}

#[test]
fn every_program_of_a_pipe_is_looked_at() {
    check(
        "a | python3 -c 'f(1)' | sort > b && c | node -p 'g(2)'",
        &[(Class::Shell, None, "f(1)"), (Class::Shell, None, "g(2)")],
    );
}

#[test]
fn a_long_argument_of_any_program_is_a_text() {
    let long = "one two three four five six seven eight";
    check(&format!("tool add --line 7 --body '{long}' --json"), &[(Class::Message, None, long)]);
    check(&format!("tool --body='{long}'"), &[(Class::Message, None, long)]);
    check(&format!("claude -p '{long}'"), &[(Class::Prompt, None, long)]);
    check(&format!("awk '{long}' f"), &[(Class::Shell, None, long)]);
    check(&format!("rg '{long}' src"), &[]);
    check("tool add 'one two three four five six seven'", &[]);
}

#[test]
fn a_shell_in_a_shell_is_followed() {
    check("bash -lc \"cd x && python -c 'f(1)'\"", &[(Class::Shell, None, "f(1)")]);
    check("sudo sh -c 'echo \"a b\" > /etc/c'", &[(Class::File, Some("/etc/c"), "a b\n")]);
    check("ssh host 'ls'", &[]);
}

#[test]
fn a_message_is_taken_from_its_flags() {
    let message = |text| [(Class::Message, None, text)];
    check("git commit -m 'Fix it' -m \"More; of it\"", &message("Fix it\n\nMore; of it"));
    check("git add . && git commit -am \"Fix it\" && git push", &message("Fix it"));
    check("git -C d commit --message='Fix it'", &message("Fix it"));
    check("gh pr create --title 'T u' --body 'B\nc' --base main", &message("T u\n\nB\nc"));
    check("gh api repos/a/b/issues -f title='T u' -f state=open", &message("T u"));
    check(
        "git commit -m \"$(cat <<'EOF'\nFix it\n\nMore.\nEOF\n)\"",
        &message("Fix it\n\nMore.\n"),
    );
    check("git log -m --format='a b'", &[]);
    check("echo 'git commit -m \"a b\"'", &[]);
}

#[test]
fn what_is_printed_into_a_file_is_that_file() {
    check("echo 'a b' > c.txt", &[(Class::File, Some("c.txt"), "a b\n")]);
    check("echo -e 'a\\nb' >> c.txt", &[(Class::File, Some("c.txt"), "a\nb\n")]);
    check("printf '%s\\n' 'a b' 'c d' > e", &[(Class::File, Some("e"), "a b\nc d\n")]);
    check("printf 'a b\\nc\\n' | sudo tee -a e", &[(Class::File, Some("e"), "a b\nc\n\n")]);
    check("echo 'f(1)' | python3 -", &[(Class::Shell, None, "f(1)\n")]);
    check("echo 'Fix it' | git commit -F -", &[(Class::Message, None, "Fix it\n")]);
    check("if true; then echo 'a b' > c; fi", &[(Class::File, Some("c"), "a b\n")]);
}

#[test]
fn what_is_printed_to_be_seen_is_none() {
    check("echo 'all is well'", &[]);
    check("echo 'a b' > /dev/null", &[]);
    check("echo 'a b' >&2", &[]);
    check("echo 'a b' 2> err", &[]);
    check("echo '=== part one ===' && ls | grep a", &[]);
}

#[test]
fn what_an_editor_of_streams_puts_in_is_an_edit() {
    let edit = |text| [(Class::Edit, Some("f.py"), text)];
    check("sed -i 's/old(a)/new(a, b)/g' f.py", &edit("new(a, b)\n"));
    check("sed -i '' -e 's|a/b|c\\nd|' -e '3,$d' f.py", &edit("c\nd\n"));
    check("sed -i '/x/,/y/s/a/b c/; 5a\\\n  d e' f.py", &edit("b c\n\n  d e\n"));
    check("perl -0pi -e 's{a}{b c}g' f.py", &edit("b c\n"));
    check("sed -n 's/a/b c/p' f.py", &[]);
    check("sed -i '3d' f.py", &[]);
}

#[test]
fn a_replaced_text_is_learned_as_read() {
    let mut extracted = Extracted::default();
    extract_command("sed -i 's/old(a)/new(a)/' f", &mut extracted);
    assert_eq!(extracted.quoted, "old(a)\n");
}

#[test]
fn hostile_commands_end() {
    for part in [
        "bash -c \"$(",
        "bash -c '",
        "sed -i s/",
        "python -c \"$(",
        "echo a > ",
        "git commit -m ",
        "(((",
        "printf %s\\",
    ] {
        extract_command(&part.repeat(20_000), &mut Extracted::default());
    }
    check("sed -i s///", &[]);
    check("perl -pi -e", &[]);
    check("git commit -m", &[]);
    check("echo >", &[]);
}
