//! An unmodified Keycloak: fetched by Maven, prepared once for how the suite runs it, kept under
//! `target` by its version.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::command;
use crate::workspace::output_folder;

const VERSION: &str = "26.4.7";
/// Pinned like everything else that is downloaded.
const UNPACK: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

/// Installs Keycloak unless it is there; returns its folder.
///
/// # Errors
/// When Maven or Java is missing or refuses.
pub(super) fn install() -> Result<PathBuf> {
    let folder = output_folder("interop")?;
    let home = folder.join(format!("keycloak-{VERSION}"));
    let ready = home.join("prepared-for-interop");
    if ready.exists() {
        return Ok(home);
    }
    if home.exists() {
        fs::remove_dir_all(&home).context("cannot remove a Keycloak that is not whole")?;
    }
    unpack(&folder).context("Keycloak needs Maven: apt-get install maven")?;
    prepare(&home)
        .context("Keycloak needs Java 17 or newer: apt-get install default-jdk-headless")?;
    fs::write(&ready, "").context("cannot note that Keycloak is prepared")?;
    Ok(home)
}

fn unpack(folder: &Path) -> Result<()> {
    // Without a project it leaves marks in a folder called `${project.basedir}` where it is run.
    let marks = folder.join("maven");
    fs::create_dir_all(&marks).context("cannot create a folder for Maven")?;
    let mut maven = command::program("mvn", &marks);
    maven
        .args(["--batch-mode", "--quiet", UNPACK])
        .arg(format!(
            "-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
        ))
        .arg(format!("-DoutputDirectory={}", folder.display()));
    command::run(&mut maven)?;
    fs::remove_dir_all(&marks).context("cannot remove what Maven left")
}

/// Keycloak's own build step, which settles the database: otherwise each start takes twice as long.
fn prepare(home: &Path) -> Result<()> {
    let mut java = command::program("java", home);
    java.arg(format!("-Dkc.home.dir={}", home.display()))
        .arg("-Djava.util.logging.manager=org.jboss.logmanager.LogManager")
        .arg("-jar")
        .arg(home.join("lib").join("quarkus-run.jar"))
        .args(["build", "--db=dev-mem"]);
    command::run(&mut java)
}
