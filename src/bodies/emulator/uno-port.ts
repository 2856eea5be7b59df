// An emulated board as the open serial port that clients of Firmata want.
import { EventEmitter } from "node:events";

export class UnoPort extends EventEmitter {
  readonly path = "an emulated Uno";
  readonly #say: (bytes: Uint8Array) => void;
  readonly #hangUp: () => void;
  #isOpen = true;

  /** `say`: gives bytes to the board; `hangUp`: nobody will any more. */
  constructor(say: (bytes: Uint8Array) => void, hangUp: () => void = () => {}) {
    super();
    this.#say = say;
    this.#hangUp = hangUp;
  }

  /** What the board said. */
  hear(bytes: Uint8Array): void {
    if (this.#isOpen) this.emit("data", Buffer.from(bytes));
  }

  write(bytes: Buffer, done?: () => void): void {
    if (this.#isOpen) this.#say(bytes);
    done?.();
  }

  drain(done: () => void): void {
    done();
  }

  close(done: () => void): void {
    this.#isOpen = false;
    this.#hangUp();
    this.emit("close");
    done();
  }
}
