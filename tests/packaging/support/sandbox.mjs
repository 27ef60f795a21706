// The APIs of Google Tag Manager's sandbox that the template uses, each held to the template's permissions, in Node and in
// pages. After Google's reference of the template APIs. Not here: reading a template; see template.mjs.

/** Thrown for what a tag manager would refuse. */
export class Refused extends Error {
  name = "Refused";
}

/**
 * What `require` hands out. `page` is the window, `permissions` what the template declares, `granted(type)` the consent
 * state, where a type that nobody has set counts as granted; `listen(type, listener)` hears of changes; `layer` is the
 * data layer; `inject(url, onSuccess, onFailure, token)` puts a script into the page; `log` is the console's.
 */
export function sandbox({ page, permissions, granted = () => true, listen = () => {}, layer = [], inject, log = () => {} }) {
  const allow = (permission, ...given) => {
    if (!allows(permissions, permission, ...given)) throw new Refused(`the template isn't permitted ${permission} ${given.join(" ")}`);
  };
  const parent = (path) => {
    const names = path.split(".");
    const last = names.pop();
    return [names.reduce((value, name) => value?.[name], page), last];
  };
  const get = (path) => {
    const [owner, name] = parent(path);
    return owner?.[name];
  };
  return {
    Object: { keys: Object.keys, values: Object.values, entries: Object.entries, freeze: Object.freeze, delete: (object, key) => delete object[key] },
    queryPermission: (permission, ...given) => allows(permissions, permission, ...given),
    getTimestampMillis: () => Date.now(),
    logToConsole: (...given) => (allow("logging"), log(...given)),
    copyFromWindow: (path) => (allow("access_globals", "read", path), copy(get(path))),
    setInWindow(path, value, override = false) {
      allow("access_globals", "write", path);
      const [owner, name] = parent(path);
      if (!owner || (owner[name] !== undefined && !override)) return false;
      owner[name] = value;
      return true;
    },
    callInWindow(path, ...given) {
      allow("access_globals", "execute", path);
      const [owner, name] = parent(path);
      return typeof owner?.[name] === "function" ? copy(owner[name](...given.map(copy))) : undefined;
    },
    createQueue(path) {
      allow("access_globals", "read", path);
      allow("access_globals", "write", path);
      const [owner, name] = parent(path);
      owner[name] ??= [];
      return (value) => owner[name].push(value);
    },
    copyFromDataLayer(key, version = 2) {
      allow("read_data_layer", key);
      if (version !== 1) throw new Refused("only version 1, the newest push, is here");
      return copy(layer.findLast((item) => key in item)?.[key]);
    },
    isConsentGranted: (type) => (allow("access_consent", "read", type), granted(type)),
    addConsentListener: (type, listener) => (allow("access_consent", "read", type), listen(type, listener)),
    injectScript(url, onSuccess, onFailure, token) {
      allow("inject_script", url);
      inject(url, onSuccess, onFailure, token);
    },
  };
}

/** Whether permissions, as the template lists them, allow one thing. */
export function allows(permissions, name, ...given) {
  const permission = permissions[name];
  if (!permission) return false;
  if (name === "access_globals") return permission.keys.some((each) => each.key === given[1] && each[given[0]]);
  if (name === "access_consent") return permission.consentTypes.some((each) => each.consentType === given[1] && each[given[0]]);
  if (name === "inject_script") return given[0].startsWith("https://") && permission.urls.some((pattern) => fits(pattern, given[0]));
  if (name === "read_data_layer") return permission.allowedKeys === "any" || permission.keyPatterns.some((pattern) => fits(pattern, given[0]));
  return name === "logging";
}

function fits(pattern, text) {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

/** What crosses the border is copied; functions and the page's own objects stay what they are. */
function copy(value) {
  if (Object.prototype.toString.call(value) === "[object Arguments]") return Array.from(value, copy);
  if (Array.isArray(value)) return value.map(copy);
  if (value && Object.getPrototypeOf(value) === Object.prototype) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]));
  return value;
}

/** Runs sandboxed code: it sees what it requires and its data, and no globals (template.mjs looks for those). */
export function runSandboxed(code, apis, data) {
  const require = (name) => {
    if (!Object.hasOwn(apis, name)) throw new Refused(`there is no API ${name} here`);
    return apis[name];
  };
  return new Function("require", "data", `"use strict";\n${code}`)(require, data);
}
