//! Lists the crates that are compiled into the package's wasm, as CycloneDX: the npm package itself depends on nothing.
//! Not here: judging their licences and advisories (deny.toml).

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::process;
use crate::project::{Project, VERSION};
use crate::setup::wasm_target::TARGET;

/// What cargo says of each crate.
const FORMAT: &str = "{p}|{l}";

/// A bill of materials without time or serial number, so that the same source gives the same text.
pub(crate) fn of_wasm(project: &Project) -> Outcome<String> {
    let mut cargo = project.cargo();
    cargo.args(["tree", "--locked", "-p", "milepost", "--no-default-features", "--target", TARGET]);
    cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe", "--format", FORMAT]);
    let list = process::capture(&mut cargo)?;
    let mut lines: Vec<&str> = list.lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    let components = lines.into_iter().map(component).collect::<Outcome<Vec<Value>>>()?;
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": { "type": "library", "bom-ref": format!("pkg:npm/milepost@{VERSION}"), "name": "milepost", "version": VERSION,
            "purl": format!("pkg:npm/milepost@{VERSION}"), "licenses": [{ "expression": "MIT OR Apache-2.0" }] } },
        "components": components,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&bill)?))
}

/// From a line such as `cfg-if v1.0.5|MIT OR Apache-2.0`; our own crates have their folder after the version.
fn component(line: &str) -> Outcome<Value> {
    let parts = || {
        let (package, licence) = line.split_once('|')?;
        let mut words = package.split(' ');
        Some((words.next()?, words.next()?.strip_prefix('v')?, licence))
    };
    let (name, version, licence) = parts().ok_or_else(|| Failure::new(format!("cargo tree says {line:?}")))?;
    let purl = format!("pkg:cargo/{name}@{version}");
    Ok(
        json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "licenses": [{ "expression": licence }] }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_without_the_folder_it_is_in() {
        let own = component("milepost-core v0.1.0 (/somewhere/core)|MIT OR Apache-2.0").unwrap();
        assert_eq!(own["purl"], "pkg:cargo/milepost-core@0.1.0");
        assert_eq!(own["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert!(component("cfg-if|MIT").is_err());
    }
}
