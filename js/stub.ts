// What a page carries itself, before the tag is there: keeps calls with their times.

interface Stub {
  (...call: unknown[]): void;
  q?: [at: number, call: ArrayLike<unknown>][];
}

const page = window as { milepost?: Stub };

page.milepost ||= function milepost() {
  // eslint-disable-next-line prefer-rest-params -- an arguments object is smaller than a rest array
  (page.milepost!.q ||= []).push([Date.now(), arguments]);
};
