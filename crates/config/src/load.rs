//! From a file, or a folder of files, to a configuration: read, parse, interpolate, merge, check,
//! compile.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::check::check;
use crate::compile::compile;
use crate::compiled::Configuration;
use crate::fault::{self, Faults};
use crate::inputs::Inputs;
use crate::interpolate::{Sources, interpolate, open};
use crate::mask::Mask;
use crate::merge::merge;
use crate::report::{Finding, Report, Span};
use crate::yaml;

/// Larger files are no configuration.
pub(crate) const SIZE_LIMIT: usize = 4 * 1024 * 1024;

/// A file of the configuration.
struct Source {
    /// What messages call it.
    name: String,
    /// What stands in it; nothing when it cannot be read.
    text: String,
    /// Why it cannot be read, and how to mend that.
    unreadable: Option<(String, &'static str)>,
}

/// Reads and compiles the configuration at `path`: a file, or a folder, of which every `*.yaml` and
/// `*.yml` is read in the order of their names (not those of folders within, nor hidden ones). The
/// sections of all files together are the configuration; nothing may be defined in two of them.
///
/// `${env:NAME}` asks `environment`; `${file:path}` and the paths of certificates and keys are relative
/// to the folder of the file that says them.
///
/// # Errors
/// Everything that is wrong with the files, or that they cannot be read.
pub fn load(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Configuration, Faults> {
    load_noting(path, environment, &mut Inputs::default())
}

/// As [`load`], and writes down in `inputs` what was read, also when that is faulty: whoever waits
/// for a change knows what to look at.
///
/// # Errors
/// As [`load`].
pub fn load_noting(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
    inputs: &mut Inputs,
) -> Result<Configuration, Faults> {
    *inputs = Inputs::of(path);
    if !path.is_dir() {
        let folder = path.parent().unwrap_or(Path::new(""));
        return compile_all(&[read(path, inputs)], folder, environment, inputs);
    }
    let files = files_of(path).map_err(|message| {
        let help = "a configuration is a file, or a folder with files called `*.yaml` or `*.yml`";
        let finding = Finding::at(Span::START, message).help(help);
        Faults::new(
            &[path.display().to_string()],
            &Mask::new([""]),
            vec![finding],
        )
    })?;
    // All are read, come what may: a file that nobody noted would be new for ever.
    let sources: Vec<Source> = files.iter().map(|file| read(file, inputs)).collect();
    compile_all(&sources, path, environment, inputs)
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
    let source = Source {
        name: name.to_owned(),
        text: text.to_owned(),
        unreadable: None,
    };
    compile_all(&[source], folder, environment, &mut Inputs::default())
}

/// The configuration's files in a folder, in the order of their names.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let describe = |error: std::io::Error| format!("the folder cannot be read: {error}");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(describe)? {
        let path = entry.map_err(describe)?.path();
        let configures = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        // An editor's lock is hidden; a mounted volume holds links to files.
        if configures && !name.starts_with(b".") && !path.is_dir() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err("the folder holds no configuration".to_owned());
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path, inputs: &mut Inputs) -> Source {
    let text = text_of(path, inputs);
    let unreadable = text.as_ref().err().map(|error| {
        let help = if error.kind() == std::io::ErrorKind::NotFound {
            "correct the path: a configuration is a file, or a folder of `*.yaml` and `*.yml`"
        } else {
            "it must be a text file in UTF-8 that this process may read"
        };
        (format!("the file cannot be read: {error}"), help)
    });
    Source {
        name: path.display().to_string(),
        text: text.unwrap_or_default(),
        unreadable,
    }
}

/// Reads a little more than is allowed, at most.
fn text_of(path: &Path, inputs: &mut Inputs) -> std::io::Result<String> {
    let mut text = String::new();
    // Whoever names a pipe means it. It can be read once: it is never looked at again.
    let once = path == inputs.root() && !path.is_file();
    let file = if once { File::open(path) } else { open(path) };
    let read = file.and_then(|file| {
        let mut file = file.take(SIZE_LIMIT as u64 + 1);
        file.read_to_string(&mut text)
    });
    let noted = read.is_ok() && !once;
    inputs.note_text(path, noted.then_some(text.as_str()));
    read.map(|_| text)
}

fn compile_all(
    sources: &[Source],
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
    inputs: &mut Inputs,
) -> Result<Configuration, Faults> {
    let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    // Editors on Windows may begin a file with a byte order mark.
    let texts = sources
        .iter()
        .map(|source| source.text.strip_prefix('\u{feff}').unwrap_or(&source.text));
    let mut mask = Mask::new(texts.clone());
    let mut findings = Vec::new();
    let mut roots = Vec::new();
    for (file, (text, source)) in texts.zip(sources).enumerate() {
        if let Some((message, help)) = &source.unreadable {
            findings.push(Finding::at(Span::start_of(file), message).help(*help));
            continue;
        }
        if text.len() > SIZE_LIMIT {
            let finding = Finding::at(Span::start_of(file), "the file is larger than 4 MiB")
                .help("divide it: a folder of files is a configuration, too");
            findings.push(finding);
            continue;
        }
        let (root, found) = yaml::read(text, file);
        findings.extend(found);
        roots.extend(root.map(|root| (file, root)));
    }
    for (file, root) in &mut roots {
        findings.extend(interpolate(
            root,
            &mut Sources {
                folder,
                environment,
                inputs,
            },
        ));
        mask.reveal(*file, root);
    }
    if roots.len() < sources.len() {
        // What the others name may stand in the one that cannot be read.
        return Err(Faults::new(&names, &mask, findings));
    }
    let root = merge(
        roots.into_iter().map(|(_, root)| root),
        &names,
        &mut findings,
    );
    if root.is_empty() && findings.is_empty() {
        let finding = Finding::at(Span::START, "the configuration is empty: it has no endpoints")
            .help("`endpoints` says what clients may call, `backends` whom to ask; `manifold demo --print-configuration` shows a whole one");
        return Err(Faults::new(&names, &mask, vec![finding]));
    }
    let missing: Vec<Span> = findings.iter().map(|finding| finding.span).collect();
    let mut report = Report::new(&root, &names, findings);
    let checked = check(&root, &mut report);
    let configuration = compile(&checked, folder, &mut report);
    let Report {
        mut faults,
        warnings,
        named,
        ..
    } = report;
    if let Some(configuration) = configuration {
        return Ok(Configuration {
            warnings: fault::warnings(&names, &mask, warnings),
            ..configuration
        });
    }
    inputs.note_named(named);
    // What is not there breaks every other rule, too: one fault is enough to mend it.
    let others = faults.split_off(missing.len()).into_iter();
    faults.extend(others.filter(|finding| !missing.contains(&finding.span)));
    Err(Faults::new(&names, &mask, faults))
}
