// A platform of the GPP, made of the IAB's own package.

import { CmpApi, CmpDisplayStatus, CmpStatus, SignalStatus } from "@iabgpp/cmpapi";
import { banner, keep, kept } from "./banner.mjs";

const COOKIE = "gpp";
const USNAT = 7;

const cmp = new CmpApi(31, 640);
cmp.setApplicableSections([USNAT]);
const before = kept(COOKIE);
if (before) cmp.setGppString(before);
cmp.setCmpStatus(CmpStatus.LOADED);
cmp.setCmpDisplayStatus(before ? CmpDisplayStatus.HIDDEN : CmpDisplayStatus.VISIBLE);
if (before) cmp.setSignalStatus(SignalStatus.READY);

banner((agreed) => {
  for (const field of ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"]) {
    cmp.setFieldValue("usnat", `${field}Notice`, 1);
    cmp.setFieldValue("usnat", field, agreed ? 2 : 1);
  }
  keep(COOKIE, cmp.getGppString());
  cmp.fireSectionChange("usnat");
  cmp.setSignalStatus(SignalStatus.READY);
});
