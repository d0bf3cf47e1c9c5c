//! `manifold openapi`: the document without a service.

use std::path::Path;
use std::process::ExitCode;

use super::{Failed, demo, load_to_show, print};
use crate::documents;

pub(super) fn openapi(file: Option<&Path>) -> Result<ExitCode, Failed> {
    let configuration = match file {
        Some(file) => load_to_show(file)?,
        None => demo::unstarted()?,
    };
    print(&documents::openapi(
        &configuration,
        env!("CARGO_PKG_VERSION"),
    )?)
}
