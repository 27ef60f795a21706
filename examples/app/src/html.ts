// Markup as a value: what is put into it is escaped, unless it is markup itself.

/** Markup that is safe to put into a page. */
export class Html {
  constructor(readonly text: string) {}
}

/** A tag for template literals. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(markup)));
}

function markup(value: string | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text;
  if (typeof value !== "string") return value.map(markup).join("");
  return value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
