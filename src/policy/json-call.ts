// Reads the calls in a text that a model wrote freely, forgiving what a person would forgive: missing
// closing brackets and quotes, commas too many, single quotes or none, several calls in a line or a list.
// Escapes are left as they are: no name of an act, pace or limb needs one.

/** Brackets and signs · text in double or single quotes, perhaps unclosed · a bare word or number. */
const PIECE = /\s*(?:([{}[\]:,])|"((?:[^"\\]|\\.)*)(?:"|$)|'((?:[^'\\]|\\.)*)(?:'|$)|([-+.\w]+))/y;

type Piece =
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "end" };

const LITERALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** A word that is no number and no literal stands for itself. */
const bare = (word: string): unknown => {
  if (LITERALS.has(word)) return LITERALS.get(word);
  const number = Number(word);
  return Number.isNaN(number) ? word : number;
};

const piecesOf = (line: string): Piece[] => {
  const pieces: Piece[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < line.length) {
    const found = PIECE.exec(line);
    if (!found) throw new SyntaxError("neither JSON nor nearly so");
    const [, sign, double, single, word] = found;
    const quoted = double ?? single;
    if (sign !== undefined) pieces.push({ kind: "sign", text: sign });
    else pieces.push({ kind: "value", value: quoted ?? bare(word!) });
  }
  return pieces;
};

class Reader {
  readonly #pieces: readonly Piece[];
  #at = 0;

  constructor(line: string) {
    this.#pieces = piecesOf(line);
  }

  /** The values that follow each other in the line. */
  all(): unknown[] {
    const values: unknown[] = [];
    for (let piece = this.#next(); piece.kind !== "end"; piece = this.#next())
      if (!isSign(piece, ",")) values.push(this.#value(piece));
    return values;
  }

  #next(): Piece {
    return this.#pieces[this.#at++] ?? { kind: "end" };
  }

  #value(piece: Piece): unknown {
    if (piece.kind === "value") return piece.value;
    if (isSign(piece, "{")) return this.#object();
    if (isSign(piece, "[")) return this.#list();
    throw new SyntaxError("expected a value");
  }

  #list(): unknown[] {
    const values: unknown[] = [];
    for (let piece = this.#next(); piece.kind !== "end"; piece = this.#next()) {
      if (isSign(piece, "]")) break;
      if (!isSign(piece, ",")) values.push(this.#value(piece));
    }
    return values;
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (let piece = this.#next(); piece.kind !== "end"; piece = this.#next()) {
      if (isSign(piece, "}")) break;
      if (isSign(piece, ",")) continue;
      if (piece.kind !== "value" || !isSign(this.#next(), ":"))
        throw new SyntaxError("expected a key and a colon");
      entries.push([String(piece.value), this.#value(this.#next())]);
    }
    return Object.fromEntries(entries);
  }
}

const isSign = (piece: Piece, text: string): boolean =>
  piece.kind === "sign" && piece.text === text;

/** What a line holds; undefined for one that can't be read. */
const readLine = (line: string): unknown[] | undefined => {
  try {
    return new Reader(line).all().flat();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** The values in a text, line by line; a line that can't be read counts as one undefined. */
export const readCalls = (text: string): unknown[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => readLine(line) ?? [undefined]);
