// A YAML file together with where each value stands in it, so that a complaint about a value can
// name its line. Syntax errors come out in words; a key written twice is one of them.
import {
  type Document,
  LineCounter,
  type ParsedNode,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from "yaml";

export type Path = readonly PropertyKey[];

/** Something to mend: where, and in words what was found and what to write. */
export interface Problem {
  readonly line: number;
  readonly where: string;
  readonly text: string;
}

/** `["servos", 2, "pin"]` as a person writes it: `servos[2].pin`. */
export const pathText = (path: Path): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "") || "the file";

const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "found a tab as indentation; write spaces, two a level",
  BLOCK_AS_IMPLICIT_KEY:
    'found a second ": " after a value; put text that holds ": " in quotes, or align the next line with its neighbours',
  MULTILINE_IMPLICIT_KEY:
    'found a line that is no "key: value"; write a space after the colon, or align the line with its neighbours',
  MULTIPLE_DOCS: 'found a second document; keep one robot a file and remove the "---"',
};

export class YamlText {
  /** The first thing that keeps the text from being read; what the parser says after it follows from it. */
  readonly syntaxProblem: Problem | undefined;
  /** Keys written twice: the value holds the last one. */
  readonly duplicates: readonly Problem[];
  /** The plain value; undefined where there is a syntax problem. */
  readonly value: unknown;
  readonly #document: Document.Parsed<ParsedNode>;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      uniqueKeys: false, // told below, with both lines
      logLevel: "error", // warnings would go to the console by themselves
    });
    this.syntaxProblem = this.#syntaxError() ?? this.#looseAlias();
    if (this.syntaxProblem === undefined) this.value = this.#document.toJS();
    this.duplicates = this.#duplicatesIn(this.#document.contents, []);
  }

  /** The line of the key (or list item) that `path` leads to, or of the nearest thing that exists. */
  lineOf(path: Path): number {
    let node: unknown = this.#document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(this.#document);
      let next: unknown;
      let at: unknown;
      if (isMap(node)) {
        const pair = node.items.findLast(
          (item) => isScalar(item.key) && String(item.key.value) === String(key),
        );
        [at, next] = [pair?.key, pair?.value];
      } else if (isSeq(node)) {
        at = next = node.items[Number(key)];
      }
      if (!isNode(at) || !at.range) break;
      offset = at.range[0];
      node = next;
    }
    return this.#lineAt(offset);
  }

  #lineAt(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }

  #syntaxError(): Problem | undefined {
    const [error] = this.#document.errors;
    if (error === undefined) return undefined;
    const [said = ""] = error.message.split(/ at line \d+|\n/);
    const text = SYNTAX[error.code] ?? `${said}; mend the YAML here or on the line above`;
    return { line: this.#lineAt(error.pos[0]), where: "YAML", text };
  }

  #looseAlias(): Problem | undefined {
    let problem: Problem | undefined;
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document) !== undefined) return undefined;
        const text = `found *${alias.source}, which names no anchor above it; write the value itself`;
        problem = { line: this.#lineAt(alias.range![0]), where: "YAML", text };
        return visit.BREAK;
      },
    });
    return problem;
  }

  #duplicatesIn(node: unknown, path: Path): Problem[] {
    if (isSeq(node)) return node.items.flatMap((item, i) => this.#duplicatesIn(item, [...path, i]));
    if (!isMap(node)) return [];
    const firstLine = new Map<string, number>();
    return node.items.flatMap(({ key, value }) => {
      if (!isScalar(key)) return [];
      const name = String(key.value);
      const inside = this.#duplicatesIn(value, [...path, name]);
      const line = this.#lineAt(key.range![0]);
      const before = firstLine.get(name);
      if (before === undefined) {
        firstLine.set(name, line);
        return inside;
      }
      const text = `found this key twice, first on line ${before}; keep one of them`;
      return [{ line, where: pathText([...path, name]), text }, ...inside];
    });
  }
}
