// Reads figures out of results.

/** The page without a tracker. */
export const BLANK = "blank";

/** What is given for each event that arrived. */
const FOR_EACH_ARRIVED = ["bytes", "requests"];

/** A figure less the blank page's, where that is subtracted; none where nothing arrived that it could be given for. */
export function figureOf(measured, tracker, { key, less }) {
  const own = measured.trackers[tracker]?.[key];
  if (!own) return undefined;
  if (FOR_EACH_ARRIVED.includes(key) && measured.trackers[tracker].arrived?.median === 0) return undefined;
  const blank = less ? (measured.trackers[BLANK]?.[key]?.median ?? 0) : 0;
  return { value: own.median - blank, spread: own.spread };
}
