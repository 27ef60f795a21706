// An element that must be there.

/** The first element that fits. @throws where there is none: the markup and the code have drifted apart. */
export function find(within: ParentNode, selector: string): HTMLElement {
  const found = within.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`nothing here is ${selector}`);
  return found;
}
