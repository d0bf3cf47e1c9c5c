//! Where things are: the checkout, and folders under its `target`, where alone commands leave anything.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The package whose binary is the product.
pub(crate) const PRODUCT: &str = "manifold";

/// The checkout's root folder.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// The folder that cargo builds into, `target` unless the environment names another.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The product's binary of the `dev` profile, the one that tests use.
pub(crate) fn product() -> PathBuf {
    target().join("debug").join(PRODUCT)
}

/// A folder under `target`, created if need be.
///
/// # Errors
/// When it cannot be created.
pub(crate) fn output_folder(name: &str) -> Result<PathBuf> {
    let folder = target().join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
