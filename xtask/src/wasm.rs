//! Makes the wasm that browsers load, as small as it gets, out of the compiled one, with wasm-bindgen and binaryen.
//! Not here: the bundles around it (bundle.rs), and how they carry it as text (spell.rs).

mod order;
mod trim;

use std::fs;
use std::path::Path;

use crate::failure::{Context, Failure, Outcome};
use crate::project::Project;
use crate::{process, say};

/// From what cargo compiled: dist/milepost.wasm, and the reader of the wasm as text.
pub(crate) fn make(project: &Project, bindgen: &Path, compiled: &Path) -> Outcome {
    bind(project, bindgen, compiled)?;
    shrink(project)?;
    reader(project)?;
    script(project)
}

fn bind(project: &Project, bindgen: &Path, compiled: &Path) -> Outcome {
    say::step("Making the wasm callable from JavaScript");
    let mut command = project.command(bindgen);
    // js/engine.ts makes the instance.
    command.args(["--target", "bundler", "--no-typescript", "--out-name", "milepost", "--out-dir"]);
    process::stream(command.arg(project.npm().join("bindgen")).arg(compiled), "wasm-bindgen")
}

/// What makes the file smallest to transfer, by measurement: branches are laid out anew, the usual passes run twice, what is
/// computed twice stays so (longer, but it repeats itself), nothing is kept that only tools read, and addresses below 1024,
/// the far end of the stack, are taken for unused, so that an offset added to one can be part of the load. What is small is
/// inlined, and what is of middling size where there is one caller: browsers compile each function when it is first called,
/// which takes as long as 350 bytes more of code do.
const SMALLER: [&str; 10] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--skip-pass=local-cse",
    "-ocimfs=300",
    "-aimfs=4",
    "--strip-producers",
    "--strip-target-features",
    "--low-memory-unused",
];

/// What js/engine.ts needs of the wasm, and what it calls that. wasm-bindgen exports more, and sets up a table that nothing of
/// ours uses; its own glue, which wraps each function twice, isn't needed for numbers.
const EXPORTS: [(&str, &str); 4] = [("memory", "b"), ("create", "c"), ("room", "d"), ("tell", "e")];

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
    fs::write(&needed, shorten(&trim::trim(&text)?)?).context(needed.display())?;
    let mut assemble = project.command(project.js_tool("wasm-opt"));
    process::capture(assemble.args(FEATURES).arg(needed).arg("-o").arg(&named))?;
    let mut command = project.command(project.js_tool("wasm-opt"));
    command.args(SMALLER).arg(&named);
    process::stream(command.arg("-o").arg(out.join("milepost.wasm")), "wasm-opt")?;
    let small = fs::read(out.join("milepost.wasm"))?;
    fs::write(out.join("milepost.wasm"), order::order(&small)?)?;
    fs::copy(out.join("milepost.wasm"), out.join("dist/milepost.wasm"))?;
    Ok(())
}

fn needs() -> serde_json::Value {
    let exports = EXPORTS.map(|(name, _)| serde_json::json!({ "name": name, "export": name }));
    let root = serde_json::json!({ "name": "js/engine.ts", "root": true, "reaches": EXPORTS.map(|(name, _)| name) });
    exports.into_iter().chain([root]).collect()
}

/// The names that wasm and JavaScript call each other by, with wasm-bindgen's hashes in them, stand in both and cost 0.5 kB
/// after brotli: in the wasm's text format they become single letters, the one import `a` of `a`.
fn shorten(text: &str) -> Outcome<String> {
    let strange = |what: &str| Failure::new(format!("the wasm's text isn't as js/engine.ts needs it: {what}"));
    let (before, import) = text.split_once("(import \"").ok_or_else(|| strange("no import"))?;
    let (names, after) = import.split_once("\" (func ").ok_or_else(|| strange("it imports something else than a function"))?;
    if !names.contains("_carryOut_") || after.contains("(import \"") {
        return Err(strange("it imports more than carryOut"));
    }
    let mut text = format!("{before}(import \"a\" \"a\" (func {after}");
    for (name, short) in EXPORTS {
        let export = format!("(export \"{name}\" ");
        if !text.contains(&export) {
            return Err(strange(name));
        }
        text = text.replace(&export, &format!("(export \"{short}\" "));
    }
    Ok(text)
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
    fn names_between_wasm_and_javascript_become_letters() {
        let text = "(import \"./x.js\" \"__wbg_carryOut_1f\" (func $f (param i32)))\n(export \"memory\" (memory $0))\n\
                    (export \"create\" (func $c))\n(export \"room\" (func $r))\n(export \"tell\" (func $t))\n";
        let short = "(import \"a\" \"a\" (func $f (param i32)))\n(export \"b\" (memory $0))\n\
                     (export \"c\" (func $c))\n(export \"d\" (func $r))\n(export \"e\" (func $t))\n";
        assert_eq!(shorten(text).unwrap(), short);
        assert!(shorten(&text.replace("room", "space")).is_err());
        assert!(shorten(&format!("{text}(import \"./x.js\" \"other\" (func $o))")).is_err());
    }
}
