//! Makes the npm package: target/npm/package/ unpacked, and the tarball beside it.
//! Not here: building the files it holds (bundle.rs), publishing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::{Context, Failure, Outcome};
use crate::project::{Project, VERSION};
use crate::{bundle, integrity, process, say, sbom};

/// Files of the repository's root that the package carries too.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Builds the package from scratch out of built files.
pub(crate) fn pack(project: &Project) -> Outcome {
    bundle::build(project)?;
    say::step("Packing the npm package");
    let package = project.package();
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    copy_folder(&project.root.join("pkg-template"), &package)?;
    copy_folder(&project.npm().join("dist"), &package.join("dist"))?;
    for licence in LICENCES {
        fs::copy(project.root.join(licence), package.join(licence)).context(licence)?;
    }
    integrity::write(&package.join("dist"))?;
    fs::write(package.join("sbom.cdx.json"), sbom::of_wasm(project)?).context("sbom.cdx.json")?;
    let manifest = package.join("package.json");
    let text = fs::read_to_string(&manifest).context("pkg-template/package.json")?;
    fs::write(&manifest, with_version(&text, VERSION)?)?;
    let mut npm = process::command("npm");
    npm.current_dir(&package).args(["pack", "--silent", "--ignore-scripts", "--pack-destination"]);
    process::stream(npm.arg(project.npm()), "npm pack")
}

fn with_version(manifest: &str, version: &str) -> Outcome<String> {
    let mut manifest: Value = serde_json::from_str(manifest).context("pkg-template/package.json")?;
    let fields = manifest.as_object_mut().ok_or_else(|| Failure::new("pkg-template/package.json is no object"))?;
    fields.insert("version".into(), json!(version));
    Ok(format!("{}\n", serde_json::to_string_pretty(&manifest)?))
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).context(from.display())? {
        let entry = entry?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &copy)?;
        } else {
            fs::copy(&source, &copy).context(source.display())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_filled_in_and_the_rest_stays_in_order() {
        let filled = with_version(r#"{"name":"milepost","version":"0.0.0","type":"module"}"#, "1.2.3").unwrap();
        assert_eq!(filled, "{\n  \"name\": \"milepost\",\n  \"version\": \"1.2.3\",\n  \"type\": \"module\"\n}\n");
    }
}
