//! A configuration in several files of one folder.

use std::path::Path;

use tempfile::TempDir;

use super::environment;
use crate::{Configuration, Faults, load};

const BACKENDS: &str = "backends:\n  labs: { rest: {}, url: https://labs.example }\n";
const ENDPOINT: &str =
    "endpoints:\n  - { get: /b, access: public, calls: { a: { backend: labs, get: /b } } }\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn read(files: &[(&str, &str)]) -> Result<Configuration, Faults> {
    load(folder(files).path(), &environment)
}

/// `file:line:column message | help` of each fault, with file names instead of paths.
fn lines(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    let prefix = format!("{}/", folder.path().display());
    let faults = load(folder.path(), &environment).unwrap_err();
    let drawn = faults.to_string();
    faults
        .iter()
        .map(|fault| {
            let place = format!("{}:{}:{}", fault.file, fault.line, fault.column);
            assert!(drawn.contains(&format!("--> {place}")), "{drawn}");
            let help = fault.help.as_deref().unwrap_or_default();
            format!("{place} {} | {help}", fault.message).replace(&prefix, "")
        })
        .collect()
}

#[test]
fn all_files_of_a_folder_are_one_configuration_in_the_order_of_their_names() {
    let configuration = read(&[
        ("20-endpoints.yml", "endpoints:\n  - { get: /c, access: public, calls: { a: { backend: labs, get: /c } } }\n"),
        ("10-endpoints.yaml", ENDPOINT),
        ("labs.yaml", "credentials: { labs: { bearer: \"${file:secrets/labs}\" } }\nbackends: { labs: { rest: {}, url: https://labs.example, credential: labs } }\n"),
        ("server.yaml", "server: { name: Ward }\n"),
        ("notes.yaml", "# nothing\n"),
        ("secrets/labs", "from-the-file\n"),
        ("secrets/not-read.yaml", "nonsense\n"),
        (".labs.yaml", "nonsense\n"),
        ("README.md", "nonsense\n"),
    ])
    .unwrap();
    let routes: Vec<&str> = configuration
        .endpoints
        .iter()
        .map(|endpoint| endpoint.route.as_str())
        .collect();
    assert_eq!(routes, ["/b", "/c"]);
    assert_eq!(configuration.server.name, "Ward");
    assert_eq!(configuration.warnings, []);
}

#[test]
fn what_is_defined_in_two_files_is_told_with_both_places() {
    assert_eq!(
        lines(&[
            (
                "a.yaml",
                &format!("{BACKENDS}{ENDPOINT}server: {{ name: A }}\n")
            ),
            (
                "b.yaml",
                &format!("# again\n{BACKENDS}{ENDPOINT}server: {{ name: B }}\n")
            ),
        ]),
        [
            "b.yaml:3:3 the key `labs` is given twice | the first one is in line 2 of a.yaml; keep one of them",
            "b.yaml:5:12 this route matches the same requests as `/b` in line 4 of a.yaml | remove one of them, or make them differ in a literal segment",
            "b.yaml:6:11 the key `name` is given twice | the first one is in line 5 of a.yaml; keep one of them",
        ]
    );
}

#[test]
fn a_fault_names_the_file_that_it_is_in() {
    assert_eq!(
        lines(&[
            (
                "a.yaml",
                "backends: { lab: { rest: {}, url: \"${env:MISSING}\" } }\n"
            ),
            ("b.yaml", ENDPOINT),
            ("c.yaml", "endpoints: {}\n"),
            ("d.yaml", "[]\n"),
        ]),
        [
            "a.yaml:1:36 the environment variable `MISSING` is not set | set `MISSING` before the start, or correct the name",
            "b.yaml:2:55 unknown backend `labs` | did you mean `lab`?",
            "c.yaml:1:1 the section `endpoints` cannot be joined | it has another form in line 1 of b.yaml: write both as mappings, `endpoints` as lists",
            "d.yaml:1:1 a file of the configuration is a mapping | begin with a section, for example `backends:`",
        ]
    );
    // What a file that is no YAML defines is not missed elsewhere.
    assert_eq!(
        lines(&[("a.yaml", "backends: { labs: {"), ("b.yaml", ENDPOINT)]),
        [
            "a.yaml:2:1 this is not valid YAML | look at the indentation, the quotes and the brackets of this line and the one before"
        ]
    );
}

#[test]
fn no_secret_of_any_file_is_shown_in_a_fault_of_another() {
    let faults = read(&[
        ("a.yaml", "credentials: { labs: { bearer: SENTINEL-x } }\n"),
        ("b.yaml", "credentials: { labs: { bearer: SENTINEL-y, basc: 1 } }\n"),
        ("c.yaml", "backends: { a: { rest: {}, url: https://a.example, credential: \"${env:HOSPITAL_SECRET}\" } }\n"),
        ("d.yaml", "credentials: [SENTINEL-z]\n"),
    ])
    .unwrap_err();
    let shown = format!("{faults}{faults:?}");
    assert!(shown.contains("credentials: { labs:"), "{shown}");
    assert!(!shown.contains("SENTINEL"), "{shown}");
    assert!(!shown.contains("env-secret-4711"), "{shown}");
}

#[test]
fn a_folder_without_a_configuration_is_one_fault() {
    let folder = folder(&[("README.md", "")]);
    let faults = load(folder.path(), &environment).unwrap_err();
    let [fault] = faults.iter().collect::<Vec<_>>()[..] else {
        panic!("{faults}")
    };
    assert_eq!(fault.message, "the folder holds no configuration");
    assert_eq!(Path::new(&fault.file), folder.path());
}

/// To open a pipe waits until somebody writes.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_inserted_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let path = folder.path().join("manifold.yaml");
    std::fs::write(&path, "credentials: { a: { bearer: \"${file:pipe}\" } }\n").unwrap();
    let faults = crate::load(&path, &|_| None).unwrap_err();
    let fault = faults.iter().next().unwrap();
    assert!(
        fault.message.ends_with("it is not a regular file"),
        "{}",
        fault.message
    );
}
