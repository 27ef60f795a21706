//! Makes the wasm that browsers load, as small as it gets, out of the compiled one, with wasm-bindgen and binaryen.
//! Not here: the bundles around it (bundle.rs), and how they carry it as text (spell.rs).

mod order;
mod trim;

use std::fs;
use std::path::Path;

use crate::failure::{Context, Failure, Outcome};
use crate::project::Project;
use crate::{process, say};

/// From what cargo compiled: dist/milepost.wasm, the glue in bindgen/, and the reader of the wasm as text.
pub(crate) fn make(project: &Project, bindgen: &Path, compiled: &Path) -> Outcome {
    bind(project, bindgen, compiled)?;
    shrink(project)?;
    reader(project)?;
    script(project)
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
const EXPORTS: [&str; 4] = ["memory", "create", "tell", "room"];

/// What js/engine.ts calls the first of them.
const MEMORY: &str = "b";

/// What rustc's code uses by default. A file says so itself, except as text; `--all-features` once broke current browsers.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--emit-target-features",
];

fn shrink(project: &Project) -> Outcome {
    let out = project.npm();
    let (bound, needed, named) = (out.join("bindgen/milepost_bg.wasm"), out.join("needed.wat"), out.join("named.wasm"));
    let graph = out.join("needed.json");
    fs::write(&graph, needs().to_string()).context(graph.display())?;
    let mut command = project.command(project.js_tool("wasm-metadce"));
    process::capture(command.arg(bound).arg("--graph-file").arg(&graph).args(["-g", "-S", "-o"]).arg(&needed))?;
    let text = fs::read_to_string(&needed).context(needed.display())?;
    fs::write(&needed, trim::trim(&text)?).context(needed.display())?;
    let mut rename = project.command(project.js_tool("wasm-opt"));
    let names = process::capture(rename.args(FEATURES).arg("--minify-imports-and-exports-and-modules").arg(needed).arg("-o").arg(&named))?;
    shorten(&out.join("bindgen/milepost_bg.js"), &names)?;
    let mut command = project.command(project.js_tool("wasm-opt"));
    command.args(SMALLER).arg(&named);
    process::stream(command.arg("-o").arg(out.join("milepost.wasm")), "wasm-opt")?;
    let small = fs::read(out.join("milepost.wasm"))?;
    fs::write(out.join("milepost.wasm"), order::order(&small)?)?;
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
        if part(&name, 0) == "memory" && part(&name, 1) != MEMORY {
            return Err(Failure::new(format!("js/engine.ts knows the memory as {MEMORY}: {name}")));
        }
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

/// What reads the wasm's text, js/unpack.wat, spelled in hexadecimal digits, which cost less than base64 does.
fn reader(project: &Project) -> Outcome {
    let out = project.npm();
    let (assembled, small) = (out.join("assembled.wasm"), out.join("reader.wasm"));
    let mut command = project.command(project.js_tool("wasm-as"));
    process::capture(command.args(["--enable-bulk-memory", "js/unpack.wat", "-o"]).arg(&assembled))?;
    let mut command = project.command(project.js_tool("wasm-opt"));
    process::capture(command.args(["--enable-bulk-memory", "-O3", "-Oz"]).arg(assembled).arg("-o").arg(&small))?;
    let digits: String = fs::read(small)?.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(out.join("reader.txt"), digits).context("target/npm/reader.txt")
}

/// What wasm2js doesn't know, in terms of what it does.
const LOWER: [&str; 4] =
    ["--signext-lowering", "--llvm-nontrapping-fptoint-lowering", "--llvm-memory-copy-fill-lowering", "--strip-target-features"];

/// The wasm as JavaScript, for where WebAssembly is refused: a module that js/engine.ts asks for exports as it does a wasm.
fn script(project: &Project) -> Outcome {
    let out = project.npm();
    let (lowered, made) = (out.join("lowered.wasm"), out.join("fallback.js"));
    let mut command = project.command(project.js_tool("wasm-opt"));
    process::capture(command.arg(out.join("named.wasm")).args(LOWER).args(["-Oz", "--low-memory-unused", "-o"]).arg(&lowered))?;
    let mut command = project.command(project.js_tool("wasm2js"));
    let text = process::capture(command.arg(lowered).args(["-Oz", "--mvp-features"]))?;
    fs::write(&made, as_function(&text)?).context(made.display())
}

/// wasm2js imports what the wasm does, and makes an instance as it is loaded; here that is given and asked for.
fn as_function(module: &str) -> Outcome<String> {
    let strange = || Failure::new("wasm2js wrote something else than one function and its exports");
    let (import, rest) = module.split_once("from 'a';").ok_or_else(strange)?;
    let (code, exports) = rest.split_once("var retasmFunc").ok_or_else(strange)?;
    if !import.starts_with("import") || !code.contains("function asmFunc(") || exports.contains("function") {
        return Err(strange());
    }
    Ok(format!("{code}export default asmFunc;\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wasm2js_writes_becomes_a_function_of_its_imports() {
        let written = "import * as a from 'a';\n\nfunction asmFunc(imports) {\n}\n\nvar retasmFunc = asmFunc({\n  \"a\": a,\n});\nexport var b = retasmFunc.b;\n";
        assert_eq!(as_function(written).unwrap(), "\n\nfunction asmFunc(imports) {\n}\n\nexport default asmFunc;\n");
        assert!(as_function("import * as b from 'b';").is_err());
    }

    #[test]
    fn an_export_is_renamed_but_not_one_whose_name_goes_on() {
        assert_eq!(rename_export("wasm.core(wasm.core_new, wasm.core);", "core", "a"), "wasm.a(wasm.core_new, wasm.a);");
    }
}
