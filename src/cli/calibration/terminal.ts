// A page of text that is drawn over itself.

const ESCAPE = "\u001b";

export class Page {
  #lines = 0;

  /** In place of what was drawn last. */
  draw(text: string): void {
    const lines = text.split("\n");
    const up = this.#lines > 0 ? `${ESCAPE}[${this.#lines}A` : "";
    process.stderr.write(
      `${up}\r${ESCAPE}[J${lines.map((line) => line.slice(0, (process.stderr.columns ?? 120) - 1)).join("\n")}\n`,
    );
    this.#lines = lines.length;
  }

  /** Leaves what was drawn; the next is drawn below. */
  end(): void {
    this.#lines = 0;
  }
}
