// Runs in each page, before anything else: keeps what the page's own geometry says a visitor has seen.
// It knows nothing of the tracker, and the tracker nothing of it.

/** Injected as text; must stand on its own. */
export function observe() {
  if (window !== window.top) return;
  const SEEN_MS = 1_000;
  const walk = { document: crypto.randomUUID(), view: 0, deepest: null, seenFor: 0, seen: false, restored: false };
  let since = null;
  let watching = false;

  const root = () => document.documentElement;
  const pageHeight = () => Math.max(root().scrollHeight, document.body.scrollHeight);

  walk.position = () => ({ bottom: scrollY + innerHeight, page: pageHeight(), window: innerHeight });
  // Share of the element's area that is in the window.
  walk.share = (element) => {
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    const across = Math.min(right, innerWidth) - Math.max(left, 0);
    const down = Math.min(bottom, innerHeight) - Math.max(top, 0);
    return across > 0 && down > 0 ? (across * down) / (width * height) : 0;
  };
  // From the moment the page has settled: an empty page that is still being read would count as seen to its end.
  walk.begin = () => {
    watching = true;
    look(performance.now());
  };
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    Object.assign(walk, { view: walk.view + 1, deepest: null, seenFor: 0, seen: false, restored: true });
    since = null;
    watching = false;
  });
  window.walk = walk;

  function look(now) {
    if (!watching) return;
    const position = walk.position();
    const share = position.bottom / position.page;
    if (!walk.deepest || share > walk.deepest.bottom / walk.deepest.page) walk.deepest = position;
    const related = document.querySelector("[data-mp-on=view]");
    if (related && walk.share(related) >= 0.5) {
      since ??= now;
      walk.seenFor = now - since;
      walk.seen ||= walk.seenFor >= SEEN_MS;
    } else {
      since = null;
      walk.seenFor = 0;
    }
    requestAnimationFrame(look);
  }
}
