// Gives the variables of a minified bundle other letters, in place: `node letters.mjs FILE`. terser names outer scopes first, so
// that what short functions call their parameters depends on where they are; here inner ones come first, and begin alike
// everywhere, which compresses better.
// Not here: making anything shorter; what is renamed is only what is declared in the bundle.

import { readFile, writeFile } from "node:fs/promises";
import ts from "typescript";

/** By how often they are in the keywords and members around them. */
const LETTERS = [..."etnroaisclufmdpghbwyvSkEOATIxMNLjWPDJRCUHqBVzFKYZGQX$_"];
const NAMES = [...LETTERS, ...LETTERS.flatMap((one) => LETTERS.map((other) => one + other))];
const KEYWORDS = ["as", "do", "if", "in", "is", "of"];

/** What can be renamed. */
const isVariable = (node) =>
  [ts.isVariableDeclaration, ts.isParameter, ts.isBindingElement, ts.isFunctionDeclaration, ts.isFunctionExpression].some((is) => is(node));

const isScope = (node) =>
  [ts.isSourceFile, ts.isFunctionLike, ts.isClassLike, ts.isBlock, ts.isCaseBlock, ts.isCatchClause].some((is) => is(node)) ||
  ts.isIterationStatement(node, false);

/** The innermost scope around a node; a body is one with its function's parameters, or what is caught. */
function scopeAround(node, fits = isScope) {
  let scope = node.parent;
  while (scope && !fits(scope)) scope = scope.parent;
  const outer = scope?.parent;
  return scope && ts.isBlock(scope) && (ts.isFunctionLike(outer) || ts.isCatchClause(outer)) ? outer : scope;
}

function scopeOf(declaration) {
  let node = declaration;
  while (ts.isBindingElement(node)) node = node.parent.parent;
  const list = node.parent;
  const hoisted = ts.isVariableDeclaration(node) && ts.isVariableDeclarationList(list) && !(list.flags & ts.NodeFlags.BlockScoped);
  return scopeAround(node, hoisted ? (scope) => ts.isFunctionLike(scope) || ts.isSourceFile(scope) : isScope);
}

/** Whether it names a member, not what stands for something by itself. */
const isMember = (name, { parent } = name) =>
  (ts.isBindingElement(parent) && parent.propertyName === name) ||
  (ts.isExportSpecifier(parent) && parent.propertyName && parent.name === name) ||
  (parent.name === name &&
    [ts.isPropertyAccessExpression, ts.isPropertyAssignment, ts.isClassElement, ts.isMetaProperty].some((is) => is(parent)));

/** The file's variables with where they are named, in the order of their first names, and all other names. */
function variablesOf(code) {
  const file = ts.createSourceFile("bundle.js", code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const host = {
    getSourceFile: (name) => (name === file.fileName ? file : undefined),
    fileExists: (name) => name === file.fileName,
    readFile: () => undefined,
    writeFile: () => {},
    getCurrentDirectory: () => "",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    getDefaultLibFileName: () => "none.d.ts",
  };
  const options = { allowJs: true, noLib: true, noResolve: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
  const checker = ts.createProgram([file.fileName], options, host).getTypeChecker();
  const variables = new Map();
  const others = new Set(KEYWORDS);
  const symbolOf = (name) => {
    const { parent } = name;
    if (ts.isShorthandPropertyAssignment(parent)) return checker.getShorthandAssignmentValueSymbol(parent);
    if (ts.isExportSpecifier(parent)) return checker.getExportSpecifierLocalTargetSymbol(parent);
    return checker.getSymbolAtLocation(name);
  };
  const visit = (node) => {
    if (ts.isIdentifier(node) && !isMember(node)) {
      const symbol = symbolOf(node);
      const declarations = symbol?.declarations ?? [];
      if (declarations.length && declarations.every(isVariable)) {
        if (!variables.has(symbol)) variables.set(symbol, { scope: scopeOf(declarations[0]), names: [] });
        variables.get(symbol).names.push(node);
      } else others.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { variables: [...variables.values()], others };
}

/** Names for all of them, so that none hides another where that is meant. */
function choose({ variables, others }) {
  for (const variable of variables) {
    const { scope, names } = variable;
    variable.seen = new Set([scope]);
    for (const name of names) {
      for (let inner = scopeAround(name); inner && inner !== scope; inner = scopeAround(inner)) variable.seen.add(inner);
    }
    variable.depth = 0;
    for (let outer = scope; outer; outer = scopeAround(outer)) variable.depth++;
  }
  const chosen = [];
  for (const variable of [...variables].sort((a, b) => b.depth - a.depth)) {
    const meet = (other) => variable.seen.has(other.scope) || other.seen.has(variable.scope);
    const taken = new Set(chosen.filter(meet).map(({ name }) => name));
    variable.name = NAMES.find((name) => !taken.has(name) && !others.has(name));
    chosen.push(variable);
  }
}

function renamed(code, variables) {
  const edits = variables.flatMap(({ name, names }) => names.map((node) => ({ node, name })));
  edits.sort((a, b) => a.node.pos - b.node.pos);
  let out = "";
  let at = 0;
  for (const { node, name } of edits) {
    const { parent } = node;
    const bound = ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent) && !parent.propertyName;
    const short = (bound && !parent.dotDotDotToken) || ts.isShorthandPropertyAssignment(parent);
    const exported = ts.isExportSpecifier(parent) && !parent.propertyName;
    out += code.slice(at, node.getStart());
    if (short && parent.name === node) out += `${node.text}:`;
    out += exported ? `${name} as ${node.text}` : name;
    at = node.end;
  }
  return out + code.slice(at);
}

/** Which names stand for the same, and what isn't renamed: equal for texts that mean the same. */
function meaning({ variables, others }) {
  const places = variables.flatMap(({ names }, number) => names.map((node) => [node.pos, number]));
  return JSON.stringify([places.sort(([a], [b]) => a - b).map(([, number]) => number), [...others].sort()]);
}

/** @param {string} code A script or module without `eval` and `with`. */
function letters(code) {
  const before = variablesOf(code);
  choose(before);
  const after = renamed(code, before.variables);
  if (meaning(variablesOf(after)) !== meaning(before)) throw new Error("names mean something else than before");
  return after;
}

const [, , file] = process.argv;
await writeFile(file, letters(await readFile(file, "utf8")));
