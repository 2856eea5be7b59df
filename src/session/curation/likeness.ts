// How alike two episodes are in what was sensed and said: the share of token n-grams that they have in
// common (Broder 1997, "On the resemblance and containment of documents"). Each episode is kept as a
// signature of fixed size, from which the share is estimated to some 4 %.

/** Ids in a row. */
const GRAM = 4;
const SLOTS = 128;

const mix = (a: number, b: number): number => {
  let z = Math.imul(a ^ b ^ 0x9e3779b9, 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
};

/** Takes the ids of an episode, of each source by itself: how sources interleave is an accident of their clocks. */
export class Signature {
  readonly #slots = new Uint32Array(SLOTS).fill(0xffffffff);
  readonly #recent = new Map<string, { readonly hash: number; readonly ids: number[] }>();
  #grams = 0;

  add(source: string, ids: ArrayLike<number>): void {
    let own = this.#recent.get(source);
    if (own === undefined) {
      let hash = 0;
      for (let i = 0; i < source.length; i++) hash = mix(hash, source.charCodeAt(i));
      this.#recent.set(source, (own = { hash, ids: [] }));
    }
    for (let i = 0; i < ids.length; i++) {
      own.ids.push(ids[i]!);
      if (own.ids.length > GRAM) own.ids.shift();
      if (own.ids.length === GRAM) this.#gram(own.ids.reduce(mix, own.hash));
    }
  }

  /** The share of n-grams in common, 0..1; 0 where either has none. */
  likeness(other: Signature): number {
    if (this.#grams === 0 || other.#grams === 0) return 0;
    let same = 0;
    for (let slot = 0; slot < SLOTS; slot++) if (this.#slots[slot] === other.#slots[slot]) same++;
    return same / SLOTS;
  }

  #gram(hash: number): void {
    this.#grams++;
    for (let slot = 0; slot < SLOTS; slot++) {
      const value = mix(hash, slot + 1);
      if (value < this.#slots[slot]!) this.#slots[slot] = value;
    }
  }
}
