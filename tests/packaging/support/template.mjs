// Reads a Google Tag Manager template: its sections, what its code may not contain, its permissions, its own tests.

import assert from "node:assert/strict";
import { parse } from "acorn";
import { parse as parseYaml } from "yaml";
import { Refused, allows, runSandboxed, sandbox } from "./sandbox.mjs";

const SECTIONS = ["TERMS_OF_SERVICE", "INFO", "TEMPLATE_PARAMETERS", "SANDBOXED_JS_FOR_WEB_TEMPLATE", "WEB_PERMISSIONS", "TESTS", "NOTES"];

/** What the sandbox's language has of the syntax that acorn knows; no `this`, `new`, classes, templates or regular expressions. */
const SYNTAX = new Set([
  ...["Program", "VariableDeclaration", "VariableDeclarator", "Identifier", "Literal", "ExpressionStatement", "BlockStatement", "ReturnStatement", "IfStatement"],
  ...["ForStatement", "WhileStatement", "CallExpression", "MemberExpression", "ArrowFunctionExpression", "FunctionExpression", "FunctionDeclaration"],
  ...["ObjectExpression", "Property", "ArrayExpression", "BinaryExpression", "LogicalExpression", "UnaryExpression", "UpdateExpression"],
  ...["ConditionalExpression", "AssignmentExpression"],
]);
/** Names that are there without `require`. */
const GLOBALS = ["require", "data", "undefined", "arguments"];

/** Takes a template apart; fails where a section is missing, out of order or not what it should be. */
export function readTemplate(text) {
  const parts = text.split(/^___([A-Z_]+)___$/m).slice(1);
  const names = parts.filter((_, at) => at % 2 === 0);
  assert.deepEqual(names, SECTIONS);
  const section = (name) => parts[names.indexOf(name) * 2 + 1].trim();
  const code = section("SANDBOXED_JS_FOR_WEB_TEMPLATE");
  const permissions = Object.fromEntries(JSON.parse(section("WEB_PERMISSIONS")).map(({ instance: { key, param } }) => [key.publicId, Object.fromEntries(param.map((each) => [each.key, plain(each.value)]))]));
  return { code, permissions, info: JSON.parse(section("INFO")), parameters: JSON.parse(section("TEMPLATE_PARAMETERS")), ...parseYaml(section("TESTS")) };
}

/** Permissions carry their types by number. */
function plain({ type, string, boolean, listItem, mapKey, mapValue }) {
  if (type === 1) return string;
  if (type === 8) return boolean;
  if (type === 2) return listItem.map(plain);
  if (type === 3) return Object.fromEntries(mapKey.map((key, at) => [plain(key), plain(mapValue[at])]));
  throw new Error(`a permission of type ${type}`);
}

/** Fails for syntax and names that the sandbox doesn't have. Returns what the code requires. */
export function lint(code) {
  const declared = new Set(GLOBALS);
  const used = [];
  const required = [];
  const visit = (node, parent, key) => {
    if (!SYNTAX.has(node.type)) throw new Refused(`${node.type} at ${node.start}: ${code.slice(node.start, node.end).slice(0, 60)}`);
    if (node.regex) throw new Refused(`a regular expression at ${node.start}`);
    if (node.type === "VariableDeclarator" || node.type === "FunctionDeclaration") declared.add(node.id.name);
    for (const param of node.params ?? []) declared.add(param.name);
    const property = (parent?.type === "MemberExpression" && key === "property" && !parent.computed) || (parent?.type === "Property" && key === "key");
    if (node.type === "Identifier" && !property) used.push(node.name);
    if (node.type === "CallExpression" && node.callee.name === "require") required.push(node.arguments[0].value);
    for (const [name, child] of Object.entries(node)) for (const each of [child].flat()) if (each?.type) visit(each, node, name);
  };
  visit(parse(code, { ecmaVersion: 2015, sourceType: "script", allowReturnOutsideFunction: true }));
  const unknown = used.filter((name) => !declared.has(name));
  if (unknown.length) throw new Refused(`names that nobody declared: ${unknown.join(" ")}`);
  return required;
}

/** Runs one of the template's own scenarios. As in the tag manager, a mock stands in for an API, permissions and all. */
export function runScenario({ code, permissions, setup = "" }, scenario) {
  const mocks = {};
  const heard = {};
  const called = (name, given) => (heard[name] ??= []).push(given);
  const page = {};
  const real = sandbox({ page, permissions, inject: () => {} });
  const mock = (name, value) => {
    mocks[name] = typeof value === "function" ? value : () => value;
  };
  const runCode = (data) => {
    const apis = {};
    for (const [name, api] of Object.entries(real)) {
      apis[name] = typeof api === "function" ? (...given) => (called(name, given), (mocks[name] ?? api)(...given)) : api;
    }
    const end = (name) => () => called(name, []);
    return runSandboxed(code, apis, { ...data, gtmOnSuccess: end("gtmOnSuccess"), gtmOnFailure: end("gtmOnFailure") });
  };
  const assertApi = (name) => {
    const calls = () => heard[name] ?? [];
    return {
      wasCalled: () => assert.ok(calls().length > 0, `${name} was not called`),
      wasNotCalled: () => assert.deepEqual(calls(), [], `${name} was called`),
      wasCalledWith: (...given) => assert.ok(calls().some((each) => same(each, given)), `${name} was called with ${JSON.stringify(calls())}`),
    };
  };
  const assertThat = (value) => ({ isEqualTo: (other) => assert.deepEqual(value, other) });
  const fail = (message) => assert.fail(message);
  new Function("mock", "runCode", "assertApi", "assertThat", "fail", `"use strict";\n${setup}\n${scenario.code}`)(mock, runCode, assertApi, assertThat, fail);
}

function same(left, right) {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

export { allows };
