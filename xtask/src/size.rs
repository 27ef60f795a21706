//! Weighs the package's files as visitors download them, and holds them to tests/size.json.
//! Not here: making them smaller.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::failure::{Context, Failure, Outcome};
use crate::process;
use crate::project::Project;

/// `milepost.js` is the complete tag: JavaScript and wasm in one file. Both files of consent are for pages that
/// configure signals.
const ARTIFACTS: [&str; 8] =
    ["index.js", "milepost.js", "consent.js", "consent/index.js", "fallback.js", "milepost.wasm", "stub.js", "early-stub.js"];

const LIMITS: &str = "tests/size.json";

/// Node's encoders are the reference ones, and cost no build.
const WEIGH: &str = include_str!("weigh.mjs");

/// Prints the weights; the exit code says whether all are within their limits.
pub(crate) fn report(project: &Project, as_json: bool) -> Outcome<ExitCode> {
    let limits = fs::read_to_string(project.root.join(LIMITS)).context(LIMITS)?;
    let limits: Value = serde_json::from_str(&limits).context(LIMITS)?;
    let dist = project.package().join("dist");
    let weights: Vec<Weight> = ARTIFACTS.iter().map(|name| Weight::of(&dist, name)).collect::<Outcome<_>>()?;
    let excesses = excesses(&weights, &limits)?;
    if as_json {
        println!("{}", to_json(&weights, &limits));
    } else {
        print!("{}", table(&weights, &limits));
    }
    for excess in &excesses {
        eprintln!("over the limit: {excess}");
    }
    Ok(if excesses.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Weight {
    name: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Weight {
    fn of(folder: &Path, name: &str) -> Outcome<Self> {
        let mut node = process::command("node");
        node.args(["--input-type=module", "--eval", WEIGH]).arg(folder.join(name));
        let sizes: Value = serde_json::from_str(&process::capture(&mut node)?).context(name)?;
        let size = |measure: &str| sizes.get(measure).and_then(Value::as_u64);
        let weight = || Some(Self { name: name.to_owned(), raw: size("raw")?, gzip: size("gzip")?, brotli: size("brotli")? });
        weight().ok_or_else(|| Failure::new(format!("{name} could not be weighed: {sizes}")))
    }

    fn measures(&self) -> [(&'static str, u64); 3] {
        [("raw", self.raw), ("gzip", self.gzip), ("brotli", self.brotli)]
    }
}

/// A limit for a file or measure that doesn't exist is a mistake, not a pass.
fn excesses(weights: &[Weight], limits: &Value) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    for (name, file) in limits.as_object().into_iter().flatten() {
        let weight = weights.iter().find(|weight| weight.name == *name);
        let weight = weight.ok_or_else(|| Failure::new(format!("{LIMITS} limits {name}, which is not in the package")))?;
        for (measure, limit) in file.as_object().into_iter().flatten() {
            let bytes = weight.measures().iter().find(|(name, _)| name == measure).map(|(_, bytes)| *bytes);
            let (Some(bytes), Some(limit)) = (bytes, limit.as_u64()) else {
                return Err(Failure::new(format!("{LIMITS}: {name}.{measure} is no limit")));
            };
            if bytes > limit {
                found.push(format!("{name} has {bytes} bytes as {measure}, allowed are {limit}"));
            }
        }
    }
    Ok(found)
}

fn limit(limits: &Value, name: &str) -> Option<u64> {
    limits.get(name)?.get("brotli")?.as_u64()
}

fn to_json(weights: &[Weight], limits: &Value) -> Value {
    let mut object = Map::new();
    for weight in weights {
        let mut fields = json!({ "raw": weight.raw, "gzip": weight.gzip, "brotli": weight.brotli });
        if let (Some(limit), Some(fields)) = (limit(limits, &weight.name), fields.as_object_mut()) {
            fields.insert("limit".into(), json!({ "brotli": limit }));
        }
        object.insert(weight.name.clone(), fields);
    }
    Value::Object(object)
}

fn table(weights: &[Weight], limits: &Value) -> String {
    let mut text = format!("{:<20}{:>10}{:>10}{:>12}{:>10}\n", "bytes", "raw", "gzip -9", "brotli -11", "limit");
    for weight in weights {
        let limit = limit(limits, &weight.name).map(|limit| limit.to_string()).unwrap_or_default();
        text += &format!("{:<20}{:>10}{:>10}{:>12}{:>10}\n", weight.name, weight.raw, weight.gzip, weight.brotli, limit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(limits: &Value) -> Result<usize, String> {
        let weights = [Weight { name: "tag.js".into(), raw: 300, gzip: 200, brotli: 100 }];
        excesses(&weights, limits).map(|found| found.len()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_limit_allows_its_own_value_and_no_byte_more() {
        assert_eq!(check(&json!({ "tag.js": { "brotli": 100 } })), Ok(0));
        assert_eq!(check(&json!({ "tag.js": { "brotli": 99, "raw": 299 } })), Ok(2));
    }

    #[test]
    fn a_limit_that_limits_nothing_is_refused() {
        assert!(check(&json!({ "gone.js": { "brotli": 100 } })).is_err());
        assert!(check(&json!({ "tag.js": { "zstd": 100 } })).is_err());
    }

    #[test]
    fn a_file_is_weighed_in_three_ways() {
        let folder = std::env::temp_dir().join(format!("milepost-weigh-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("repeats.js"), "milepost ".repeat(500)).unwrap();
        let weight = Weight::of(&folder, "repeats.js").unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(weight.raw, 4500);
        assert!(weight.brotli < weight.gzip && weight.gzip < 100, "{} {}", weight.gzip, weight.brotli);
    }
}
