//! From a file to a configuration: read, parse, interpolate, check, compile.

use std::path::Path;

use crate::check::check;
use crate::compile::compile;
use crate::compiled::Configuration;
use crate::fault::{self, Faults};
use crate::interpolate::{Sources, interpolate};
use crate::mask::Mask;
use crate::report::{Finding, Report, Span};
use crate::yaml;

/// Larger files are no configuration.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;

/// Reads and compiles the configuration file at `path`.
///
/// `${env:NAME}` asks `environment`; `${file:path}` is relative to the folder of the file, and so are
/// the paths of certificates and keys.
///
/// # Errors
/// Everything that is wrong with the file, or that it cannot be read.
pub fn load(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Configuration, Faults> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(
            &name,
            &text,
            path.parent().unwrap_or(Path::new("")),
            environment,
        ),
        Err(error) => {
            let finding = Finding::at(
                Span::START,
                format!("the file cannot be read: {}", error.kind()),
            )
            .help("it must be a text file in UTF-8 that this process may read");
            Err(Faults::new(&name, &Mask::new("", None), vec![finding]))
        }
    }
}

/// Compiles the configuration `text`, called `name` in messages.
///
/// `${env:NAME}` asks `environment`; `${file:path}` is relative to `folder`, and so are the paths of
/// certificates and keys.
///
/// # Errors
/// Everything that is wrong with the text, each fault at its place.
pub fn parse(
    name: &str,
    text: &str,
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Configuration, Faults> {
    if text.len() > SIZE_LIMIT {
        let finding = Finding::at(Span::START, "the file is larger than 4 MiB");
        return Err(Faults::new(name, &Mask::new("", None), vec![finding]));
    }
    // Editors on Windows may begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (root, mut findings) = yaml::read(text);
    let Some(mut root) = root else {
        return Err(Faults::new(name, &Mask::new(text, None), findings));
    };
    findings.extend(interpolate(
        &mut root,
        &Sources {
            folder,
            environment,
        },
    ));
    let missing: Vec<Span> = findings.iter().map(|finding| finding.span).collect();
    let mask = Mask::new(text, Some(&root));
    let mut report = Report::new(&root, findings);
    let checked = check(&root, &mut report);
    let configuration = compile(&checked, folder, &mut report);
    let Report {
        mut faults,
        warnings,
        ..
    } = report;
    if let Some(configuration) = configuration {
        return Ok(Configuration {
            warnings: fault::warnings(&mask, warnings),
            ..configuration
        });
    }
    // What is not there breaks every other rule, too: one fault is enough to mend it.
    let others = faults.split_off(missing.len()).into_iter();
    faults.extend(others.filter(|finding| !missing.contains(&finding.span)));
    Err(Faults::new(name, &mask, faults))
}
