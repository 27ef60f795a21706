// A platform of the TCF, made of the IAB's own packages.

import { CmpApi } from "@iabtcf/cmpapi";
import { GVL, TCModel, TCString } from "@iabtcf/core";
import { banner, keep, kept } from "./banner.mjs";

const COOKIE = "euconsent-v2";
const PURPOSES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const purposes = Object.fromEntries(PURPOSES.map((id) => [id, { id, name: `Purpose ${id}`, description: "", illustrations: [] }]));
const list = { gvlSpecificationVersion: 3, vendorListVersion: 1, tcfPolicyVersion: 5, lastUpdated: "2026-01-01T00:00:00Z", purposes, specialPurposes: {}, features: {}, specialFeatures: {}, stacks: {}, vendors: {}, dataCategories: {} };

const cmp = new CmpApi(31, 640, true);
const before = kept(COOKIE);
// Nothing chosen yet: the window is open.
cmp.update(before ?? "", !before);

banner((agreed) => {
  const model = new TCModel(new GVL(list));
  Object.assign(model, { cmpId: 31, cmpVersion: 640, consentScreen: 1, isServiceSpecific: true });
  if (agreed) model.purposeConsents.set(PURPOSES);
  const text = TCString.encode(model);
  keep(COOKIE, text);
  cmp.update(text, false);
});
