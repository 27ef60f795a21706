// Puts the functions of a minified module into parentheses, in place: `node eager.mjs FILE`. V8 and SpiderMonkey compile what is
// written so together with the file, off the main thread; any other function when it is first called, on it. All of a tracker
// runs as a page starts. esbuild, Rolldown and Rollup keep the parentheses; terser drops them, which does no harm.
// Not here: the tag, which asks for the same in a comment at its beginning; bundlers drop comments.

import { readFile, writeFile } from "node:fs/promises";
import ts from "typescript";

const isAsync = ({ modifiers = [] }) => modifiers.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);

/** Whether it is of what is around it: an arrow function that isn't can be any function. */
function borrows(node) {
  if (ts.isFunctionLike(node) && !ts.isArrowFunction(node)) return false;
  const own = node.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(node) && node.text === "arguments");
  return own || !!ts.forEachChild(node, borrows);
}

/** The module with its functions in parentheses; those it declares become variables, first of all. */
function eager(code) {
  const file = ts.createSourceFile("bundle.js", code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  /** What a node becomes, from some place in it on. */
  const become = (node, from = node.getStart()) => {
    let text = "";
    let at = from;
    ts.forEachChild(node, (child) => {
      if (child.end <= from) return;
      text += code.slice(at, child.getStart()) + become(child);
      at = child.end;
    });
    text += code.slice(at, node.end);
    if (from > node.getStart()) return text;
    if (ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent)) return `${node.name.getText()}:${unnamed(node)}`;
    if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return text;
    const whole = isAsync(node) && ts.isArrowFunction(node) && !borrows(node) ? plain(node) : text;
    return ts.isParenthesizedExpression(node.parent) ? whole : `(${whole})`;
  };
  const word = (node) => `${isAsync(node) ? "async " : ""}function${node.asteriskToken ? "*" : ""}`;
  /** A function that was declared, or is a member. */
  const unnamed = (node) => `(${word(node)}${become(node, node.name.end)})`;
  /** V8 doesn't look for asynchronous arrow functions in parentheses. */
  const plain = (node) => {
    const body = become(node.body);
    return `${word(node)}(${node.parameters.map((parameter) => become(parameter))})${ts.isBlock(node.body) ? body : `{return ${body}}`}`;
  };
  const declared = [];
  const rest = [];
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement)) declared.push(`${statement.name.text}=${unnamed(statement)}`);
    else rest.push(become(statement));
  }
  return `${declared.length ? `var ${declared.join()};` : ""}${rest.join("\n")}\n`;
}

const [, , path] = process.argv;
await writeFile(path, eager(await readFile(path, "utf8")));
