// Klaro, by its services and what they are for.

import { attempt, lookFor, signal, type Mapping } from "./signal.js";
import type { ConsentSignal } from "../types.js";

const NAMES: Mapping = { analytics: ["analytics"], marketing: ["marketing"] };

/** Signal `klaro`: each name is a service's, or that of a purpose, which stands for all services that have it. */
export function klaro(mapping?: Mapping | null): ConsentSignal {
  return signal("klaro", mapping ?? NAMES, (judge, ends) => {
    const update = (manager: any) =>
      attempt(() => {
        const { confirmed, savedConsents, config } = manager;
        judge((name) => {
          const services = config.services.filter((service: any) => service.name === name || service.purposes?.includes(name));
          // What is chosen in its window counts once it is saved.
          return services.map((service: any) => (confirmed ? savedConsents[service.name] : undefined));
        }, config.version);
      });
    const watcher = { update };
    lookFor(() => {
      const { klaro: platform } = window as any;
      // Told at once of what was rendered before. A manager that is asked for earlier would miss elements to unblock.
      platform.addEventListener("render", (config: unknown) => {
        attempt(() => {
          const manager = platform.getManager(config);
          manager.watch(watcher);
          ends.push(() => manager.unwatch(watcher));
          update(manager);
        });
      });
      return true;
    }, ends);
  });
}
