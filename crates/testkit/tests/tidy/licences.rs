//! Each dependency may be used under the licences that `deny.toml` allows.

use serde_json::Value;

/// The strings of the array `allow` under `[licenses]`.
pub(crate) fn allowed(deny: &str) -> Vec<&str> {
    let Some((_, section)) = deny.split_once("[licenses]") else {
        return vec![];
    };
    let Some((_, array)) = section.split_once("\nallow = [") else {
        return vec![];
    };
    let body = array.split(']').next().unwrap_or_default();
    let before_comment = |line: &'_ str| -> usize { line.find('#').unwrap_or(line.len()) };
    body.lines()
        .flat_map(|line| line[..before_comment(line)].split('"').skip(1).step_by(2))
        .collect()
}

/// One complaint for each package of `metadata` from elsewhere whose licence is missing or not allowed.
pub(crate) fn complaints(metadata: &Value, allowed: &[&str]) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("the metadata lists packages");
    let complain = |package: &Value| {
        let name = package["name"].as_str().expect("a package has a name");
        match package["license"].as_str() {
            None => Some(format!("dependency `{name}` names no licence")),
            Some(licence) if !permits(licence, allowed) => Some(format!(
                "dependency `{name}` is under `{licence}`, which deny.toml does not allow"
            )),
            Some(_) => None,
        }
    };
    packages.iter().filter(|package| !package["source"].is_null()).filter_map(complain).collect()
}

/// Whether the SPDX `expression` can be met with `allowed` alone. A broken expression cannot.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    // The old way to write OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { tokens: &tokens, allowed };
    parser.any() == Some(true) && parser.tokens.is_empty()
}

struct Parser<'a> {
    /// What is left.
    tokens: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl Parser<'_> {
    fn any(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.take("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any()?;
            return self.take(")").then_some(met);
        }
        let mut name = self.next()?.to_owned();
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.next()?);
        }
        Some(self.allowed.contains(&name.as_str()))
    }

    fn take(&mut self, token: &str) -> bool {
        let is_next = self.tokens.first() == Some(&token);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn next(&mut self) -> Option<&str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        assert_eq!(expected, permits(expression, &["MIT", "Zlib", "A WITH B"]), "{expression}");
    }

    #[test]
    fn an_expression_is_met_by_what_is_allowed_or_not() {
        check("MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0/MIT", true);
        check("GPL-3.0 AND MIT", false);
        check("MIT AND Zlib", true);
        check("(GPL-3.0 OR MIT) AND Zlib", true);
        check("MIT OR GPL-3.0 AND GPL-2.0", true);
        check("A WITH B", true);
        check("MIT WITH B", false);
    }

    #[test]
    fn a_broken_expression_is_not_met() {
        for broken in ["", "MIT OR", "(MIT", "MIT)", "MIT MIT", "MIT WITH"] {
            check(broken, false);
        }
    }

    #[test]
    fn the_list_is_read_out_of_deny_toml() {
        let deny = "[a]\nallow = [\"X\"]\n[licenses]\nb = 1\nallow = [\n  \"MIT\", # \"not me\"\n  \"Zlib\",\n]\n";
        assert_eq!(["MIT", "Zlib"], *allowed(deny));
        assert!(allowed("allow = [\"MIT\"]").is_empty());
    }

    #[test]
    fn a_dependency_without_an_allowed_licence_is_named() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "ours", "license": null, "source": null },
            { "name": "fine", "license": "MIT", "source": "registry" },
            { "name": "closed", "license": "Proprietary", "source": "registry" },
            { "name": "silent", "license": null, "source": "registry" },
        ] });
        let complaints = complaints(&metadata, &["MIT"]);
        assert_eq!(2, complaints.len());
        assert!(complaints[0].contains("`closed`") && complaints[1].contains("`silent`"));
    }
}
