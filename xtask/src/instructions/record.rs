//! Counts that are kept: in bench/instructions.json with the source, and below the target folder for other versions.
//! Not here: which of them are compared.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::toolchain::Toolchain;
use super::verdict::Instructions;
use crate::failure::{Context, Failure, Outcome};

/// Where the counts are that a change is held to.
pub(crate) const FILE: &str = "bench/instructions.json";

/// Counts, and what they were made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) toolchain: Toolchain,
    pub(crate) instructions: Instructions,
}

impl Record {
    /// Reads a file; nothing when there is none.
    pub(crate) fn load(file: &Path) -> Outcome<Option<Self>> {
        match fs::read_to_string(file) {
            Ok(text) => Self::parse(&text).map(Some).ok_or_else(|| Failure::new(format!("{} can't be read", file.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context(file.display()),
        }
    }

    /// Writes a file, and its folder.
    pub(crate) fn save(&self, file: &Path) -> Outcome {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).context(folder.display())?;
        }
        fs::write(file, self.text()).context(file.display())
    }

    fn parse(text: &str) -> Option<Self> {
        let kept: Value = serde_json::from_str(text).ok()?;
        let counts = kept.get("instructions")?.as_object()?.iter();
        let instructions = counts.map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect::<Option<_>>()?;
        Some(Self { toolchain: Toolchain::read(kept.get("toolchain")?)?, instructions })
    }

    fn text(&self) -> String {
        let instructions: Map<_, _> = self.instructions.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
        format!("{:#}\n", json!({ "toolchain": self.toolchain.to_json(), "instructions": instructions }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let toolchain = json!({ "rustc": "rustc 1.95.0", "target": "t", "libc": "", "cpu": "avx2", "valgrind": "valgrind-3.19.0" });
        let instructions = vec![("tracker: b".to_owned(), 34_000), ("collector: a".to_owned(), 7)];
        let record = Record { toolchain: Toolchain::read(&toolchain).unwrap(), instructions };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bench/instructions.json");
        assert_eq!(Record::load(&file).unwrap(), None);
        record.save(&file).unwrap();
        assert_eq!(Record::load(&file).unwrap(), Some(record));
        fs::write(&file, "{}").unwrap();
        assert!(Record::load(&file).is_err());
    }
}
