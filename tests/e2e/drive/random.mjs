// Chance that is the same each time: what a visitor does depends on the seed and on nothing else.

/** Numbers from 0 to 1 (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function choose(random, list) {
  return list[Math.floor(random() * list.length)];
}

export function shuffled(random, list) {
  const left = [...list];
  const order = [];
  while (left.length) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
