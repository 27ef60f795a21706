// The page's first paint, which nothing of ours is to delay.

/** Longer than a frame, for a page that shows nothing: it has loaded empty, or nobody sees it. */
const NOTHING_TO_PAINT_MS = 100;

/** Settled when the page has been painted, or isn't going to be for now. */
export const painted = () =>
  new Promise<unknown>((done) => {
    const later = () => setTimeout(done, NOTHING_TO_PAINT_MS);
    if (document.hidden || document.readyState === "complete") later();
    addEventListener("load", later);
    document.addEventListener("visibilitychange", later);
    try {
      new PerformanceObserver(done).observe({ type: "paint", buffered: true });
    } catch {
      later();
    }
  });
