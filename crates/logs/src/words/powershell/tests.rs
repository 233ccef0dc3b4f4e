use super::*;

/// Each row: text, path, class.
#[track_caller]
fn check(command: &str, expected: &[(&str, Option<&str>, Class)]) {
    let found = written_texts(command);
    let actual: Vec<_> =
        found.iter().map(|it| (it.text.as_str(), it.file_path.as_deref(), it.class)).collect();
    assert_eq!(expected, actual, "{command}");
}

#[test]
fn a_here_string_is_the_file_that_its_statement_writes() {
    for (command, path) in [
        ("@'\na\n'b'\n'@ | Set-Content -Path x.py -Encoding utf8", "x.py"),
        ("mkdir d; @'\r\na\r\n'b'\r\n'@ |\n  Out-File -Encoding utf8 -Force 'x y.py'", "x y.py"),
        ("Set-Content -LiteralPath \"d/x\" -Value @'\na\n'b'\n'@", "d/x"),
        ("[System.IO.File]::WriteAllText('C:\\x.rs', @'\na\n'b'\n'@)", "C:\\x.rs"),
        ("@'\na\n'b'\n'@ > x.sh", "x.sh"),
        ("$text = @'\na\n'b'\n'@\nSet-Content x.py $Text -NoNewline", "x.py"),
        ("$p='x.c'\n$t = @'\na\n'b'\n'@\n[IO.File]::WriteAllText($p, $t, $utf8)", "x.c"),
    ] {
        check(command, &[("a\n'b'", Some(path), Class::File)]);
    }
}

#[test]
fn a_here_string_that_feeds_a_program_is_no_file_and_a_message_is_a_message() {
    check("@\"\nprint(`$x, `\"y`\")\n\"@ | python -", &[("print($x, \"y\")", None, Class::Shell)]);
    check("git commit -m @'\nfix\n\nit\n'@", &[("fix\n\nit", None, Class::Message)]);
    check("$b = @'\nfix\n'@; gh pr create --body $b", &[("fix", None, Class::Message)]);
}

#[test]
fn a_literal_that_is_written_to_a_file_is_taken_with_its_escapes_undone() {
    check("Set-Content -Path 'a.txt' -Value \"x`ny\"", &[("x\ny", Some("a.txt"), Class::File)]);
    check("'it''s\nso' | Out-File a.txt", &[("it's\nso", Some("a.txt"), Class::File)]);
    check("$t = 'x\ny'; Add-Content a.txt $t", &[("x\ny", Some("a.txt"), Class::File)]);
}

#[test]
fn what_writes_nothing_holds_nothing() {
    for command in [
        "",
        "Get-Content 'a' | Select-String \"b\"",
        "# @'\nSet-Content a b",
        "<# 'a' #> Set-Content a $b",
        "Set-Content 'unclosed",
        "@'\nnever closed",
        "cat <<E\n@'\nx\n'@\nE\n",
        "git show '@'",
        "Write-Host 'Set'; Set-Location \"é`",
    ] {
        check(command, &[]);
    }
}

#[test]
fn a_command_of_literals_that_never_end_is_given_up() {
    for part in ["\"`", "@'\n", "$a='", "|\n", "$a=''\n"] {
        written_texts(&format!("Set-Content {}", part.repeat(100_000)));
    }
}
