//! Says what each file of the package hashes to, for `integrity` attributes: dist/integrity.json.
//! Not here: putting the hashes into pages; the documentation tells how.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha384};

use crate::failure::{Context, Outcome};

const FILE: &str = "integrity.json";

/// What a page can load.
const LOADED: [&str; 2] = ["js", "wasm"];

/// Writes the list into the folder it describes.
pub(crate) fn write(folder: &Path) -> Outcome {
    let entries = fs::read_dir(folder).context(folder.display())?;
    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let mut hashes = Map::new();
    let mut loaded: Vec<_> =
        files.iter().filter(|file| file.extension().is_some_and(|kind| LOADED.iter().any(|known| kind == *known))).collect();
    loaded.sort();
    for file in loaded {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        hashes.insert(name, Value::String(hash(&fs::read(file).context(file.display())?)));
    }
    fs::write(folder.join(FILE), format!("{}\n", serde_json::to_string_pretty(&hashes)?)).context(FILE)
}

fn hash(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_browsers_compare() {
        assert_eq!(hash(b""), "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb");
    }

    #[test]
    fn only_what_a_page_loads_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.js", "a.wasm", "index.d.ts"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        write(folder.path()).unwrap();
        let list: Value = serde_json::from_str(&fs::read_to_string(folder.path().join(FILE)).unwrap()).unwrap();
        assert_eq!(list.as_object().unwrap().keys().collect::<Vec<_>>(), ["a.wasm", "b.js"]);
    }
}
