// What request bodies are wrapped in: gzip, forms, base64. Which vendor uses what is the adapters' to know.

import { gunzipSync } from "node:zlib";

/** The text of a body, unpacked where its first bytes say gzip. */
export function textOf(body) {
  const packed = body[0] === 0x1f && body[1] === 0x8b;
  return (packed ? gunzipSync(body) : body).toString("utf8");
}

/** The value of a body or a text of JSON; undefined where it isn't any. */
export function jsonOf(body) {
  try {
    return JSON.parse(typeof body === "string" ? body : textOf(body));
  } catch {
    return undefined;
  }
}

/** Fields of an urlencoded body. */
export function formOf(body) {
  return Object.fromEntries(new URLSearchParams(textOf(body)));
}

/** The text inside base64, plain or for addresses. */
export function base64Of(text) {
  return Buffer.from(text.replaceAll("-", "+").replaceAll("_", "/"), "base64").toString("utf8");
}
