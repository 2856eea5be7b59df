// Whose samples a sensor's are: its own, or those of somebody who stands in for it for a while, a page with a
// microphone. Runtime and replay decide by the same stamps, whatever the order in which samples arrive, so that what
// a body measured while nobody listened to it is passed over in both.
import type { Sample } from "../core/ports.ts";

interface Loan {
  readonly fromNs: number;
  toNs: number;
}

interface Source {
  readonly loans: Loan[];
  /** Stamp of the last sample that was heard. */
  lastNs: number;
}

export class Sources {
  readonly #sources = new Map<string, Source>();

  /** `lender`: who lends a sense from this stamp on; empty: nobody any more. */
  change(sensor: string, lender: string, timeNs: number): void {
    const { loans } = this.#of(sensor);
    const last = loans.at(-1);
    if (last) last.toNs = Math.min(last.toNs, timeNs);
    if (lender !== "") loans.push({ fromNs: timeNs, toNs: Infinity });
  }

  /** Whether a sample of a sensor's own is heard. */
  hearsOwn({ sensor, timeNs }: Sample): boolean {
    const source = this.#of(sensor);
    if (source.loans.some(({ fromNs, toNs }) => timeNs > fromNs && timeNs <= toNs)) return false;
    if (source.loans.length > 0 && timeNs <= source.lastNs) return false;
    source.lastNs = timeNs;
    return true;
  }

  /** Whether a lent sample is heard: it must be younger than the last one. */
  hearsLent({ sensor, timeNs }: Sample): boolean {
    const source = this.#of(sensor);
    const loan = source.loans.at(-1);
    if (!loan || loan.toNs < Infinity || timeNs <= Math.max(loan.fromNs, source.lastNs))
      return false;
    source.lastNs = timeNs;
    return true;
  }

  /** Whether a sense was lent at any time between two stamps. */
  wasLent(sensor: string, startNs: number, endNs: number): boolean {
    return this.#of(sensor).loans.some(({ fromNs, toNs }) => fromNs < endNs && toNs > startNs);
  }

  #of(sensor: string): Source {
    const known = this.#sources.get(sensor);
    if (known) return known;
    const source = { loans: [], lastNs: -Infinity };
    this.#sources.set(sensor, source);
    return source;
  }
}
