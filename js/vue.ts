// Vue: the tracker as a plugin, in components by `useTracker()` and in templates as `$milepost`.

import { createTracker, type Options, type Tracker } from "milepost";
import { inject, type App, type InjectionKey } from "vue";

const KEY: InjectionKey<Tracker> = Symbol("milepost");

declare module "vue" {
  interface ComponentCustomProperties {
    $milepost: Tracker;
  }
}

/** `app.use(milepost, options)` makes the tracker; on a server it does nothing. */
export const milepost = {
  install(app: App, options: Options): void {
    const tracker = createTracker(options);
    app.provide(KEY, tracker);
    app.config.globalProperties.$milepost = tracker;
  },
};

/** The app's tracker. */
export function useTracker(): Tracker {
  const tracker = inject(KEY);
  if (!tracker) throw new Error("useTracker: the app has no milepost plugin");
  return tracker;
}
