//! Makes the files that browsers load, from the Rust shell and the TypeScript facade: target/npm/dist/.
//! Not here: the npm package around them (pack.rs), and what they may weigh (size.rs).

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure, Outcome};
use crate::project::{Project, VERSION};
use crate::setup::wasm_target::TARGET;
use crate::setup::{cargo_tools, npm, wasm_target};
use crate::{process, say, spell, wasm};

/// Entry, the file it becomes, and its shape.
const BUNDLES: [(&str, &str, &str); 10] = [
    ("index.ts", "index.js", "esm"),
    ("lean.ts", "lean.js", "esm"),
    ("server.ts", "server.js", "esm"),
    ("react.ts", "react.js", "esm"),
    ("vue.ts", "vue.js", "esm"),
    ("consent/index.ts", "consent/index.js", "esm"),
    ("tag.ts", "milepost.js", "iife"),
    ("consent/classic.ts", "consent.js", "iife"),
    ("stub.ts", "stub.js", "iife"),
    ("early-stub.ts", "early-stub.js", "iife"),
];

/// Modules that the package declares types of; those they name come along.
const DECLARED: [&str; 5] = ["index", "lean", "react", "vue", "consent/index"];

/// Made from the wasm, not from a module of ours.
const FALLBACK: &str = "fallback.js";

const STAMP: &str = "inputs";

/// Entries with the whole tracker in them, whose variables are named anew: 0.1 kB; in the others it gives nothing.
const RENAMED: [&str; 3] = ["index.ts", "lean.ts", "tag.ts"];

/// What stands in pages until the tag is there.
const STUBS: [&str; 2] = ["stub.ts", "early-stub.ts"];

/// The wasm's text and its reader, as js/inlined.ts calls them, and the files they are in. They are added when the JavaScript
/// has been made small, so that their letters don't count when names are chosen, and at its end, so that it is in one piece:
/// 0.1 kB less than where they are used.
const TEXTS: [(&str, &str); 2] = [("PACKED", "packed.txt"), ("READER", "reader.txt")];

/// Where the tag's own scope ends.
const END: &str = "})();";

/// Has a browser compile all of the tag off the main thread, while it arrives: all of it runs as a page starts. Modules become
/// part of a site's bundle, where js/eager.mjs does the same.
const AT_ONCE: &str = "//# allFunctionsCalledOnLoad\n";

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
    for folder in ["bindgen", "bundled", "dist"] {
        remove(&out.join(folder))?;
    }
    remove(&out.join(STAMP))?;
    fs::create_dir_all(out.join("dist"))?;
    wasm::make(project, &bindgen, &compiled)?;
    fs::write(out.join("packed.txt"), spell::spell(&fs::read(out.join("milepost.wasm"))?)?).context("target/npm/packed.txt")?;
    for (entry, file, format) in BUNDLES {
        bundle(project, entry, file, format)?;
    }
    fallback(project)?;
    declare(project)?;
    fs::write(out.join(STAMP), stamp).context("target/npm")
}

fn compile(project: &Project) -> Outcome<PathBuf> {
    let toolchain = wasm_target::ensure(project)?;
    say::step("Compiling the tracker for the browser");
    let mut cargo = toolchain.cargo(project);
    cargo.args(["build", "--profile", "wasm", "--target", TARGET, "-p", "milepost", "--no-default-features", "--lib"]);
    let flags = format!("-Clink-arg=-zstack-size={}", spell::read::STACK);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    process::stream(&mut cargo, "cargo build for wasm")?;
    Ok(project.target().join(TARGET).join("wasm/milepost.wasm"))
}

fn bundle(project: &Project, entry: &str, file: &str, format: &str) -> Outcome {
    let out = project.npm();
    let bundled = out.join("bundled").join(file);
    let mut command = project.command(project.js_tool("esbuild"));
    // Any browser that knows the wasm's instructions knows ES2020; stubs are part of pages that every browser sees.
    let year = if STUBS.contains(&entry) { "5" } else { "2020" };
    command.arg(Path::new("js").join(entry)).args(["--bundle", "--minify", "--charset=ascii", "--log-level=warning"]);
    command.arg(format!("--format={format}"));
    if STUBS.contains(&entry) {
        // What else is later than ES5 it can't write otherwise: the stubs' sources leave it out.
        command.args(["--target=es2015", "--supported:arrow=false"]);
    } else {
        command.arg(format!("--target=es{year}"));
    }
    command.arg(format!("--define:MILEPOST_VERSION=\"{VERSION}\""));
    let wasm = if entry == "lean.ts" { "js/fetched.ts" } else { "js/inlined.ts" };
    command.arg(format!("--alias:#wasm={}", project.root.join(wasm).display()));
    let beside = if format == "esm" { "js/beside-module.ts" } else { "js/beside-tag.ts" };
    command.arg(format!("--alias:#fallback={}", project.root.join(beside).display()));
    // The package's entry stays an import of the helpers, so that a page has one tracker and a server none.
    command.args(["--external:milepost", "--external:react", "--external:vue"]);
    process::stream(command.arg(format!("--outfile={}", bundled.display())), &format!("bundling {entry}"))?;
    minify(project, &bundled, year, format == "esm")?;
    if RENAMED.contains(&entry) {
        process::stream(project.command("node").arg("js/letters.mjs").arg(&bundled), &format!("naming the variables of {entry}"))?;
        if format == "esm" {
            process::stream(project.command("node").arg("js/eager.mjs").arg(&bundled), &format!("marking the functions of {entry}"))?;
        }
    }
    let text = fs::read_to_string(&bundled).context(bundled.display())?;
    // Bundlers are to leave the import alone, and copy the file it names; minifiers drop the words that say so.
    let text = text.replace("import(new URL(", "import(/* webpackIgnore: true */ /* @vite-ignore */ new URL(");
    if format == "esm" && text.contains("fallback.js") && !text.contains("webpackIgnore") {
        return Err(Failure::new(format!("{file}: the import of the fallback is not where it was looked for")));
    }
    let file = out.join("dist").join(file);
    fs::create_dir_all(file.parent().unwrap_or(&out))?;
    let text = with_texts(&text, &out)?;
    let hint = if entry == "tag.ts" { AT_ONCE } else { "" };
    fs::write(&file, [hint, &text].concat()).context(file.display())
}

/// A bundle and what it uses of the texts, which are there before anything that uses them runs: that is later.
fn with_texts(bundle: &str, folder: &Path) -> Outcome<String> {
    let bundle = bundle.trim_end();
    let (code, end) = bundle.strip_suffix(END).map_or((bundle, ";"), |code| (code, END));
    let mut code = code.trim_end_matches(';').to_owned();
    for (name, file) in TEXTS {
        if bundle.contains(name) {
            let text = fs::read_to_string(folder.join(file)).context(file)?;
            code.push_str(&format!(";var {name}=\"{text}\""));
        }
    }
    Ok(code + end + "\n")
}

/// The same core as JavaScript, for pages whose policy or browser refuses WebAssembly.
fn fallback(project: &Project) -> Outcome {
    let file = project.npm().join("dist").join(FALLBACK);
    let mut command = project.command(project.js_tool("esbuild"));
    command.arg(project.npm().join("fallback.js")).args(["--minify", "--charset=ascii", "--target=es2020", "--log-level=warning"]);
    process::stream(command.arg(format!("--outfile={}", file.display())), "minifying the fallback")?;
    minify(project, &file, "2020", true)
}

/// What esbuild left, in place: 0.4 kB of the tag after brotli.
fn minify(project: &Project, file: &Path, year: &str, module: bool) -> Outcome {
    let mut command = project.command(project.js_tool("terser"));
    // Directives such as "use client" are none of its own.
    command.arg(file).args(["--compress", "passes=3,directives=false", "--mangle", "--ecma", year, "--format", "ascii_only=true"]);
    if module {
        command.arg("--module");
    }
    process::stream(command.arg("--output").arg(file), "minifying")
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
    files.chain(["milepost.wasm", FALLBACK]).all(|file| out.join("dist").join(file).is_file())
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
    fn a_declaration_brings_those_it_names() {
        let text = "import type { A } from \"./types\";\nexport * from \"../options.js\";\nimport x from \"other\";\n";
        assert_eq!(named("consent/index", text), ["consent/types", "options"]);
        assert_eq!(named("index", "export * from \"./consent/index.ts\";"), ["consent/index"]);
    }

    #[test]
    fn texts_stand_at_the_end_of_a_bundle_that_uses_them() {
        let folder = std::env::temp_dir().join(format!("milepost-texts-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("packed.txt"), "p").unwrap();
        fs::write(folder.join("reader.txt"), "r").unwrap();
        let with = |bundle| with_texts(bundle, &folder).unwrap();
        assert_eq!(with("(()=>{f(PACKED,READER)})();\n"), "(()=>{f(PACKED,READER);var PACKED=\"p\";var READER=\"r\"})();\n");
        assert_eq!(with("f(PACKED);export{f};\n"), "f(PACKED);export{f};var PACKED=\"p\";\n");
        assert_eq!(with("f()\n"), "f();\n");
        fs::remove_dir_all(&folder).unwrap();
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
