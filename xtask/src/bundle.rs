//! Makes the files that browsers load, from the Rust shell and the TypeScript facade: target/npm/dist/.
//! Not here: the npm package around them (pack.rs), and what they may weigh (size.rs).

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure, Outcome};
use crate::project::{Project, VERSION};
use crate::setup::wasm_target::TARGET;
use crate::setup::{cargo_tools, npm, wasm_target};
use crate::{process, say, spell};

/// Entry, the file it becomes, and its shape.
const BUNDLES: [(&str, &str, &str); 9] = [
    ("index.ts", "index.js", "esm"),
    ("lean.ts", "lean.js", "esm"),
    ("server.ts", "server.js", "esm"),
    ("react.ts", "react.js", "esm"),
    ("vue.ts", "vue.js", "esm"),
    ("consent/index.ts", "consent/index.js", "esm"),
    ("tag.ts", "milepost.js", "iife"),
    ("consent/classic.ts", "consent.js", "iife"),
    ("stub.ts", "stub.js", "iife"),
];

/// Modules that the package declares types of; those they name come along.
const DECLARED: [&str; 5] = ["index", "lean", "react", "vue", "consent/index"];

const STAMP: &str = "inputs";

/// Builds what changed since the last time.
pub(crate) fn build(project: &Project) -> Outcome {
    npm::node()?;
    npm::packages(project, "js")?;
    let bindgen = cargo_tools::wasm_bindgen(project)?;
    let compiled = compile(project)?;
    let out = project.npm();
    let stamp = inputs(project, &compiled)?;
    if fs::read_to_string(out.join(STAMP)).is_ok_and(|built| built == stamp) && complete(&out) {
        say::note("nothing changed since the last build of the package's files");
        return Ok(());
    }
    for folder in ["bindgen", "dist"] {
        remove(&out.join(folder))?;
    }
    remove(&out.join(STAMP))?;
    fs::create_dir_all(out.join("dist"))?;
    bind(project, &bindgen, &compiled)?;
    shrink(project)?;
    inline(&out)?;
    for (entry, file, format) in BUNDLES {
        bundle(project, entry, file, format)?;
    }
    declare(project)?;
    fs::write(out.join(STAMP), stamp).context("target/npm")
}

fn compile(project: &Project) -> Outcome<PathBuf> {
    let toolchain = wasm_target::ensure(project)?;
    say::step("Compiling the tracker for the browser");
    let mut cargo = toolchain.cargo(project);
    cargo.args(["build", "--profile", "wasm", "--target", TARGET, "-p", "milepost", "--no-default-features", "--lib"]);
    process::stream(&mut cargo, "cargo build for wasm")?;
    Ok(project.target().join(TARGET).join("wasm/milepost.wasm"))
}

fn bind(project: &Project, bindgen: &Path, compiled: &Path) -> Outcome {
    say::step("Making the wasm callable from JavaScript");
    let mut command = project.command(bindgen);
    // Glue alone: js/engine.ts makes the instance.
    command.args(["--target", "bundler", "--no-typescript", "--out-name", "milepost", "--out-dir"]);
    process::stream(command.arg(project.npm().join("bindgen")).arg(compiled), "wasm-bindgen")
}

/// What makes the file smallest to transfer, by measurement: branches are laid out anew, the usual passes run twice, only
/// what is small is inlined, nothing is kept that only tools read, and addresses below 1024, the far end of the stack, are
/// taken for unused, so that an offset added to one can be part of the load.
const SMALLER: [&str; 8] =
    ["--flatten", "--rereloop", "-Oz", "-Oz", "-ocimfs=30", "--strip-producers", "--strip-target-features", "--low-memory-unused"];

/// What js/engine.ts needs of the wasm. wasm-bindgen exports more, and sets up a table that nothing of ours uses.
const EXPORTS: [&str; 4] = ["memory", "create", "tell", "__wbindgen_malloc"];

/// No feature flags: the compiled file says which it uses, and `--all-features` once broke current browsers.
fn shrink(project: &Project) -> Outcome {
    let out = project.npm();
    let (bound, needed, named) = (out.join("bindgen/milepost_bg.wasm"), out.join("needed.wasm"), out.join("named.wasm"));
    let graph = out.join("needed.json");
    fs::write(&graph, needs().to_string()).context(graph.display())?;
    let mut command = project.command(project.js_tool("wasm-metadce"));
    process::capture(command.arg(bound).arg("--graph-file").arg(&graph).arg("-o").arg(&needed))?;
    let mut rename = project.command(project.js_tool("wasm-opt"));
    let names = process::capture(rename.arg("--minify-imports-and-exports-and-modules").arg(needed).arg("-o").arg(&named))?;
    shorten(&out.join("bindgen/milepost_bg.js"), &names)?;
    let mut command = project.command(project.js_tool("wasm-opt"));
    command.args(SMALLER).arg(named);
    process::stream(command.arg("-o").arg(out.join("milepost.wasm")), "wasm-opt")?;
    fs::copy(out.join("milepost.wasm"), out.join("dist/milepost.wasm"))?;
    Ok(())
}

fn needs() -> serde_json::Value {
    let exports = EXPORTS.map(|name| serde_json::json!({ "name": name, "export": name }));
    let root = serde_json::json!({ "name": "js/engine.ts", "root": true, "reaches": EXPORTS });
    exports.into_iter().chain([root]).collect()
}

/// The names that wasm and glue call each other by, with wasm-bindgen's hashes in them, stand in both and cost 0.5 kB after
/// brotli: exports become single letters, in the glue by wasm-opt's list of what it called them, and the one import too, which
/// js/engine.ts knows as `carryOut`.
fn shorten(glue: &Path, names: &str) -> Outcome {
    let names: serde_json::Value = serde_json::from_str(names).context("wasm-opt's list of names")?;
    let mut text = fs::read_to_string(glue).context(glue.display())?;
    let list = |kind: &str| names.get(kind).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let part = |name: &serde_json::Value, at: usize| name.get(at).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let imports: Vec<_> = list("imports").iter().map(|name| (part(name, 1), part(name, 2))).collect();
    let [(import, short)] = imports.as_slice() else {
        return Err(Failure::new(format!("js/engine.ts gives the wasm one import, not {imports:?}")));
    };
    let function = format!("export function {import}(");
    if short != "a" || !text.contains(&function) {
        return Err(Failure::new(format!("the glue has no import {import}, or it isn't called a: {short}")));
    }
    text = text.replace("import { carryOut }", "import { carryOut as toEngine }").replace(" carryOut(", " toEngine(");
    text = text.replace(&function, "export function carryOut(");
    for name in list("exports") {
        text = rename_export(&text, &part(&name, 0), &part(&name, 1));
    }
    fs::write(glue, text).context(glue.display())
}

/// Renames `wasm.old` where it isn't the beginning of a longer name.
fn rename_export(text: &str, old: &str, new: &str) -> String {
    let whole = format!("wasm.{old}");
    let mut pieces = text.split(&whole);
    let mut renamed = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let longer = piece.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        renamed.push_str("wasm.");
        renamed.push_str(if longer { old } else { new });
        renamed.push_str(piece);
    }
    renamed
}

/// The wasm as text that a bundle can carry; js/inlined.ts reads it back.
fn inline(out: &Path) -> Outcome {
    let text = spell::spell(&fs::read(out.join("milepost.wasm"))?)?;
    fs::write(out.join("packed.txt"), text).context("target/npm/packed.txt")
}

fn bundle(project: &Project, entry: &str, file: &str, format: &str) -> Outcome {
    let out = project.npm();
    let mut command = project.command(project.js_tool("esbuild"));
    // Browsers that know the wasm's reference types know ES2021; the stub is part of pages that every browser sees.
    let target = if entry == "stub.ts" { "--target=es2015" } else { "--target=es2021" };
    command.arg(Path::new("js").join(entry)).args(["--bundle", "--minify", target, "--charset=ascii"]);
    command.args(["--log-level=warning", "--loader:.txt=text"]).arg(format!("--format={format}"));
    command.arg(format!("--define:MILEPOST_VERSION=\"{VERSION}\""));
    command.arg(format!("--alias:#bindgen={}", out.join("bindgen/milepost_bg.js").display()));
    command.arg(format!("--alias:#engine={}", project.root.join("js/engine.ts").display()));
    let wasm = if entry == "lean.ts" { "js/fetched.ts" } else { "js/inlined.ts" };
    command.arg(format!("--alias:#wasm={}", project.root.join(wasm).display()));
    command.arg(format!("--alias:#packed={}", out.join("packed.txt").display()));
    // The package's entry stays an import of the helpers, so that a page has one tracker and a server none.
    command.args(["--external:milepost", "--external:react", "--external:vue"]);
    command.arg(format!("--outfile={}", out.join("dist").join(file).display()));
    process::stream(&mut command, &format!("bundling {entry}"))
}

/// The types of the public entries, as the TypeScript compiler writes them, without those of our inner modules.
fn declare(project: &Project) -> Outcome {
    let all = project.npm().join("types");
    remove(&all)?;
    let mut command = project.command(project.js_tool("tsc"));
    command.args(["-p", "js", "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir"]);
    process::stream(command.arg(&all), "writing type declarations")?;
    let dist = project.npm().join("dist");
    let mut wanted = DECLARED.map(str::to_owned).to_vec();
    while let Some(module) = wanted.pop() {
        let file = format!("{module}.d.ts");
        let copy = dist.join(&file);
        if !copy.exists() {
            let text = fs::read_to_string(all.join(&file)).context(&file)?;
            wanted.extend(named(&module, &text));
            fs::create_dir_all(copy.parent().unwrap_or(&dist))?;
            fs::write(copy, text)?;
        }
    }
    Ok(())
}

/// The modules that a module's declaration names: `from "./types"`, `from "../types.js"`, `import("./types")`.
fn named(module: &str, declaration: &str) -> Vec<String> {
    let folder = module.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = declaration.split('"').skip(1).step_by(2);
    quoted.filter_map(|name| sibling(folder, name.strip_suffix(".js").or_else(|| name.strip_suffix(".ts")).unwrap_or(name))).collect()
}

/// A module named from one in `folder`, if it is one of ours; folders are one deep.
fn sibling(folder: &str, name: &str) -> Option<String> {
    if let Some(above) = name.strip_prefix("../") {
        return Some(above.to_owned());
    }
    let beside = name.strip_prefix("./")?;
    Some(if folder.is_empty() { beside.to_owned() } else { format!("{folder}/{beside}") })
}

/// A number that changes when the bundles have to be made again.
fn inputs(project: &Project, compiled: &Path) -> Outcome<String> {
    let mut hasher = DefaultHasher::new();
    hasher.write(VERSION.as_bytes());
    hasher.write(project.locked("wasm-bindgen")?.as_bytes());
    hasher.write(&fs::read(std::env::current_exe()?)?);
    hash_file(&mut hasher, compiled)?;
    hash_folder(&mut hasher, &project.root.join("js"))?;
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_folder(hasher: &mut DefaultHasher, folder: &Path) -> Outcome {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries.iter().filter(|entry| !entry.ends_with("node_modules")) {
        if entry.is_dir() {
            hash_folder(hasher, entry)?;
        } else {
            hash_file(hasher, entry)?;
        }
    }
    Ok(())
}

fn hash_file(hasher: &mut DefaultHasher, file: &Path) -> Outcome {
    hasher.write(file.as_os_str().as_encoded_bytes());
    hasher.write(&fs::read(file).context(file.display())?);
    Ok(())
}

fn complete(out: &Path) -> bool {
    let files = BUNDLES.iter().map(|(_, file, _)| *file);
    files.chain(["milepost.wasm"]).all(|file| out.join("dist").join(file).is_file())
}

fn remove(path: &Path) -> Outcome {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::new(format!("{}: {error}", path.display()))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_renamed_but_not_one_whose_name_goes_on() {
        assert_eq!(rename_export("wasm.core(wasm.core_new, wasm.core);", "core", "a"), "wasm.a(wasm.core_new, wasm.a);");
    }

    #[test]
    fn a_declaration_brings_those_it_names() {
        let text = "import type { A } from \"./types\";\nexport * from \"../options.js\";\nimport x from \"other\";\n";
        assert_eq!(named("consent/index", text), ["consent/types", "options"]);
        assert_eq!(named("index", "export * from \"./consent/index.ts\";"), ["consent/index"]);
    }

    #[test]
    fn a_changed_source_is_noticed() {
        let folder = std::env::temp_dir().join(format!("milepost-inputs-{}", std::process::id()));
        fs::create_dir_all(folder.join("nested/node_modules")).unwrap();
        let hash = || {
            let mut hasher = DefaultHasher::new();
            hash_folder(&mut hasher, &folder).unwrap();
            hasher.finish()
        };
        fs::write(folder.join("nested/a.ts"), "one").unwrap();
        let before = hash();
        fs::write(folder.join("nested/node_modules/a.ts"), "not ours").unwrap();
        assert_eq!(hash(), before);
        fs::write(folder.join("nested/a.ts"), "two").unwrap();
        assert_ne!(hash(), before);
        fs::remove_dir_all(&folder).unwrap();
    }
}
