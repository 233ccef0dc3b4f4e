use super::*;

/// Each row: body, path, whether a message.
#[track_caller]
fn check(command: &str, expected: &[(&str, Option<&str>, bool)]) {
    let found = parts_of(command).heredocs;
    let actual: Vec<_> = found
        .iter()
        .map(|heredoc| {
            (heredoc.text.as_str(), heredoc.file_path.as_deref(), heredoc.class == Class::Message)
        })
        .collect();
    assert_eq!(expected, actual);
}

#[test]
fn a_file_is_written_by_cat_with_the_target_on_either_side() {
    check("cat > a.py <<EOF\nx\ny\nEOF\n", &[("x\ny\n", Some("a.py"), false)]);
    check("cat <<'EOF' >> \"b c.py\"\nx\nEOF", &[("x\n", Some("b c.py"), false)]);
    check(
        "mkdir -p d && cat >d/e.sh << \"EOF\" && chmod +x d/e.sh\nx\nEOF\n",
        &[("x\n", Some("d/e.sh"), false)],
    );
    check("cat <<\\EOF > a\n$x\nEOF", &[("$x\n", Some("a"), false)]);
}

#[test]
fn a_file_is_written_by_tee() {
    check("sudo tee /etc/a <<EOF\nx\nEOF", &[("x\n", Some("/etc/a"), false)]);
    check("cat <<EOF | sudo tee -a /etc/b > /dev/null\nx\nEOF", &[("x\n", None, false)]);
    check("cat <<EOF | tee -a b\nx\nEOF", &[("x\n", Some("b"), false)]);
}

#[test]
fn what_feeds_a_program_is_no_file() {
    check("python3 - <<'EOF' > out.txt\nprint(1)\nEOF", &[("print(1)\n", None, false)]);
    check("cat <<EOF 2> err\nx\nEOF", &[("x\n", None, false)]);
    check("cat > /dev/null <<EOF\nx\nEOF", &[("x\n", None, false)]);
}

#[test]
fn messages_are_told_apart_also_within_substitutions() {
    check(
        "git add . && git commit -m \"$(cat <<'EOF'\nfix; it\nEOF\n)\" && ls",
        &[("fix; it\n", None, true)],
    );
    check("git commit \\\n  -F - <<EOF\nx\nEOF", &[("x\n", None, true)]);
    check("gh pr create --body \"$(cat <<EOF\nx\nEOF\n)\"", &[("x\n", None, true)]);
    check("git commit -m \"a; b\" && cat > c <<EOF\nx\nEOF", &[("x\n", Some("c"), false)]);
    check("cat > c <<EOF\nx\nEOF\ngit commit -m x", &[("x\n", Some("c"), false)]);
}

#[test]
fn several_heredocs_are_read_in_order() {
    check(
        "cat > a <<A\n1\nA\ncat > b <<-'B'\n\t2\n\tB\ndiff - <<C <<D\n3\nC\n4\nD\n",
        &[
            ("1\n", Some("a"), false),
            ("2\n", Some("b"), false),
            ("3\n", None, false),
            ("4\n", None, false),
        ],
    );
}

#[test]
fn a_body_holds_what_looks_like_a_heredoc() {
    check("bash <<'X'\ncat > a <<EOF\n1\nEOF\nX\n", &[("cat > a <<EOF\n1\nEOF\n", None, false)]);
}

#[test]
fn escapes_of_an_unquoted_heredoc_are_undone() {
    check("cat > a <<EOF\n\\$x \\` \\\\ \\n \\\ny\nEOF", &[("$x ` \\ \\n y\n", Some("a"), false)]);
    check("cat > a <<'EOF'\n\\$x\nEOF", &[("\\$x\n", Some("a"), false)]);
}

#[test]
fn what_only_looks_like_a_heredoc_is_none() {
    for command in [
        "echo $((1 << 2))\n2\n",
        "echo '<<EOF'\nx\nEOF\n",
        "echo \"<<EOF\"\nx\nEOF\n",
        "wc <<< EOF\nx\nEOF\n",
        "cat <<EOF\nnever closed",
        "# cat <<EOF\nx\nEOF\n",
        "cat <<",
        "cat <<'",
        "a\\",
        "'",
        "(((((\n<<é",
    ] {
        check(command, &[]);
    }
}

#[test]
fn a_command_of_openings_that_never_close_is_given_up() {
    check(&"cat <<A\n".repeat(100_000), &[]);
}

#[test]
fn a_patch_is_found_in_a_heredoc_or_an_argument() {
    for command in [
        "cd x && apply_patch <<'PATCH'\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nPATCH\n",
        "apply_patch '*** Begin Patch\n*** Add File: a\n+x\n*** End Patch'",
    ] {
        let mut extracted = Extracted::default();
        extract_command(command, &mut extracted);
        assert_eq!(1, extracted.drafts.len(), "{command}");
        assert_eq!(
            (Class::File, "x\n"),
            (extracted.drafts[0].class, extracted.drafts[0].text.as_str())
        );
    }
}

#[test]
fn what_a_shell_within_a_shell_gets_is_read_on_any_system() {
    for command in [
        "bash -lc \"cat > a.py <<'E'\nx = \\\"\\$y\\\\n\\\"\nE\n\"",
        "/bin/zsh -l -c 'cat > a.py <<E\nx = \"\\$y\\n\"\nE\n'",
        "powershell.exe -NoProfile -Command \"@'\nx = \\\"\\$y\\n\\\"\n'@ | Set-Content a.py\"",
        "C:/Windows/pwsh.exe -c 'Set-Content a.py -Value \"x = `\"`$y\\n`\"\"'",
    ] {
        let mut extracted = Extracted::default();
        extract_command(command, &mut extracted);
        assert_eq!(1, extracted.drafts.len(), "{command}");
        let draft = &extracted.drafts[0];
        assert_eq!(
            ("x = \"$y\\n\"", Some("a.py")),
            (draft.text.trim_end(), draft.file_path.as_deref())
        );
    }
}

#[test]
fn a_heredoc_is_read_whatever_else_a_command_names() {
    check(
        "rg Set-Content d && cat > a <<'E'\n@'\nx\n'@\nE\n",
        &[("@'\nx\n'@\n", Some("a"), false)],
    );
}
