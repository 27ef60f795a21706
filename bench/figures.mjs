// Reads figures out of results.

/** The page without a tracker. */
export const BLANK = "blank";

/** A figure less the blank page's, where that is subtracted. */
export function figureOf(measured, tracker, { key, less }) {
  const own = measured.trackers[tracker]?.[key];
  if (!own) return undefined;
  const blank = less ? (measured.trackers[BLANK]?.[key]?.median ?? 0) : 0;
  return { value: own.median - blank, spread: own.spread };
}
