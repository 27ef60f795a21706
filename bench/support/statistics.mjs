// Numbers that describe a few runs. Nothing here knows what was measured.

/** The middle value; of an even count, the mean of the two in the middle. */
export function median(values) {
  if (!values.length) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How far runs typically lie from their median: the median of the distances. */
export function spread(values) {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/** `median` and `spread` of what runs gave, and how many there were. */
export function summary(values) {
  return { median: median(values), spread: spread(values), runs: values.length };
}
