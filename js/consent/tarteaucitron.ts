// tarteaucitron.js, by its services and their types.

import { hear, lookFor, signal, type Mapping } from "./signal.js";
import type { ConsentSignal } from "../types.js";

const TYPES: Mapping = { analytics: ["analytic"], marketing: ["ads"] };

/** Signal `tarteaucitron`: each name is a service's key, or a type, which stands for all services of it. */
export function tarteaucitron(mapping?: Mapping | null): ConsentSignal {
  return signal("tarteaucitron", mapping ?? TYPES, (judge, ends) => {
    const read = () => {
      const { job, state, services } = (window as any).tarteaucitron;
      return judge((name) => job.filter((key: string) => key === name || services[key]?.type === name).map((key: string) => state[key]));
    };
    hear("tac.consent_updated", read, ends);
    // A choice of an earlier page is read from its cookie without an event.
    lookFor(read, ends);
  });
}
