// The language of a robot's JSON calls as an automaton over bytes, and any text at all, both behind the
// sampler's mask. Every call without numbers is a path in one trie; the numbers of a chunk are a second.
import type { LimbIds } from "../tokens/action-ids.ts";
import { actCall, JsonCalls, MOVE_CLOSING, moveOpening } from "../tokens/json-calls.ts";
import { END } from "../tokens/vocabulary.ts";

/** Which bytes may be said next, and whether END may. */
export interface TextGrammar {
  reset(): void;
  allowed(id: number): boolean;
  /** Writes 1 for each id that is allowed now and 0 for the others; out [ids]. */
  mask(out: Uint8Array): void;
  /** The id that must come next; undefined where there is a choice. */
  only(): number | undefined;
  /** Moves on by one id; false when it is not allowed here, and then nothing has changed. */
  accept(id: number): boolean;
}

/** Any bytes until END. */
export class FreeText implements TextGrammar {
  readonly #calls: JsonCalls;

  constructor(calls: JsonCalls) {
    this.#calls = calls;
  }

  reset(): void {}

  allowed(id: number): boolean {
    return id === END || (id >= this.#calls.firstByte && id < this.#calls.size);
  }

  mask(out: Uint8Array): void {
    out.fill(0);
    out.fill(1, this.#calls.firstByte, this.#calls.size);
    out[END] = 1;
  }

  only(): undefined {}

  accept(id: number): boolean {
    return this.allowed(id);
  }
}

interface Node {
  readonly next: Map<number, Node>;
  /** A number may end here. */
  isNumber?: true;
  /** A call may end here. */
  isCall?: true;
  /** The first number of this limb's chunk comes next. */
  opens?: LimbIds;
}

const node = (): Node => ({ next: new Map() });

/** The node at the end of a text, grown where it is missing. */
const grow = (root: Node, text: string): Node => {
  let at = root;
  for (const byte of Buffer.from(text)) {
    const next: Node = at.next.get(byte) ?? node();
    at.next.set(byte, next);
    at = next;
  }
  return at;
};

const [COMMA, CLOSE, NEWLINE] = Buffer.from(",]\n") as unknown as [number, number, number];

export class JsonGrammar implements TextGrammar {
  readonly #firstByte: number;
  readonly #start = node();
  readonly #numbers = node();
  readonly #closing = node();
  #at = this.#start;
  #limb: LimbIds | undefined; // whose chunk is open
  #count = 0; // its numbers so far
  #said = false;

  constructor(calls: JsonCalls) {
    const { ids, middle } = calls;
    this.#firstByte = calls.firstByte;
    for (const act of ids.acts)
      for (const pace of ids.paces) grow(this.#start, actCall(act, pace)).isCall = true;
    for (const limb of ids.limbs) grow(this.#start, moveOpening(limb.limb)).opens = limb;
    for (let id = 0; id < ids.motion.size; id++)
      grow(this.#numbers, String(id - middle)).isNumber = true;
    grow(this.#closing, MOVE_CLOSING.slice(1)).isCall = true;
  }

  reset(): void {
    this.#at = this.#start;
    this.#limb = undefined;
    this.#said = false;
  }

  allowed(id: number): boolean {
    return this.#choices().has(id);
  }

  mask(out: Uint8Array): void {
    out.fill(0);
    for (const id of this.#choices()) out[id] = 1;
  }

  only(): number | undefined {
    const [id, ...others] = this.#choices();
    return others.length === 0 ? id : undefined;
  }

  accept(id: number): boolean {
    if (!this.allowed(id)) return false;
    this.#said = true;
    const byte = id - this.#firstByte;
    const next = this.#at.next.get(byte);
    if (next) this.#at = next;
    else if (byte === CLOSE) this.#at = this.#closing;
    else if (byte === COMMA) this.#number();
    else if (byte === NEWLINE) this.#at = this.#start;
    if (byte === CLOSE) this.#limb = undefined;
    if (next?.opens) {
      this.#limb = next.opens;
      this.#count = 0;
      this.#number();
    }
    return true;
  }

  #number(): void {
    this.#at = this.#numbers;
    this.#count++;
  }

  #choices(): Set<number> {
    const { next, isNumber, isCall } = this.#at;
    const choices = new Set(Array.from(next.keys(), (byte) => this.#firstByte + byte));
    if (isNumber) {
      choices.add(this.#firstByte + CLOSE);
      if (this.#count < this.#limb!.maxTokens) choices.add(this.#firstByte + COMMA);
    }
    if (isCall) choices.add(this.#firstByte + NEWLINE);
    if (isCall || !this.#said) choices.add(END);
    return choices;
  }
}
