// The serial port of an ATmega328P as the datasheet has it (chapter 20): two received bytes in a FIFO and a
// third in the shift register, overrun and framing errors, double buffered sending, and on the other end
// of the line a host with a speed of its own. avr8js's has one byte, no errors and the chip's speed.
import type { AVRInterruptConfig } from "avr8js/dist/esm/cpu/cpu.js";
import type { AvrCore } from "./avr-core.ts";

const UCSRA = 0xc0;
const UCSRB = 0xc1;
const UCSRC = 0xc2;
const UBRRL = 0xc4;
const UBRRH = 0xc5;
const UDR = 0xc6;
const RXC = 0x80;
const TXC = 0x40;
const UDRE = 0x20;
const FRAME_ERROR = 0x10;
const OVERRUN = 0x08;
const U2X = 0x02;
const WRITABLE = 0x03; // U2X and MPCM of UCSRA
const RECEIVES = 0x10; // RXEN of UCSRB
const SENDS = 0x08; // TXEN
const BITS = 10; // of a byte on the line: start, eight, stop
const HELD = 3; // bytes: FIFO and shift register
/** Beyond it the stop bit is sampled in the wrong place (20.7.3: 4.5 % in all for eight bits). */
const TOLERANCE = 0.045;

const interrupt = (address: number, flagMask: number, constant: boolean): AVRInterruptConfig => ({
  address,
  flagRegister: UCSRA,
  flagMask,
  enableRegister: UCSRB,
  enableMask: flagMask,
  constant,
});

interface Held {
  byte: number;
  flags: number;
}

export class Usart {
  /** Bits a second of whoever is at the other end; undefined is whatever the chip has. */
  hostBaud: number | undefined;
  /** Bytes that were overrun, of all received. */
  lost = 0;
  received = 0;
  readonly #cpu: AvrCore;
  readonly #clockHz: number;
  readonly #said: (byte: number, cycles: number) => void;
  readonly #receiveComplete = interrupt(0x24, RXC, true);
  readonly #registerEmpty = interrupt(0x26, UDRE, true);
  readonly #sendComplete = interrupt(0x28, TXC, false);
  #held: Held[] = [];
  #line: number[] = []; // on their way from the host
  #lineAt = 0;
  #lineFreeCycles = 0; // when the last byte on the line will be through, with its fraction
  #isReceiving = false;
  #shifting: number | undefined;
  #waiting: number | undefined;
  #lastRead = 0;

  /** `said`: each byte that the chip sent, at the end of its stop bit. */
  constructor(
    cpu: AvrCore,
    clockHz: number,
    hostBaud: number | undefined,
    said: (byte: number, cycles: number) => void,
  ) {
    this.#cpu = cpu;
    this.#clockHz = clockHz;
    this.hostBaud = hostBaud;
    this.#said = said;
    cpu.writeHooks[UCSRA] = (value) => this.#control(value);
    cpu.writeHooks[UCSRB] = (value) => this.#enable(value);
    cpu.readHooks[UDR] = () => this.#read();
    cpu.writeHooks[UDR] = (value) => this.#send(value);
    this.reset();
  }

  get baud(): number {
    const { data } = this.#cpu;
    const rate = (data[UBRRH]! << 8) + data[UBRRL]! + 1;
    return this.#clockHz / (rate * (data[UCSRA]! & U2X ? 8 : 16));
  }

  /** Bytes that the host has said and the chip has not received yet. */
  get onTheLine(): number {
    return this.#line.length - this.#lineAt;
  }

  /** Puts bytes on the line, one behind the other. */
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#line.push(byte);
    this.#nextByte();
  }

  /** The cable is pulled: what is on the line is gone. */
  cutLine(): void {
    this.#line = [];
    this.#lineAt = 0;
  }

  reset(): void {
    const { data } = this.#cpu;
    this.#held = [];
    this.#isReceiving = false;
    this.#shifting = undefined;
    this.#waiting = undefined;
    data[UCSRA] = UDRE;
    data[UCSRB] = 0;
    data[UCSRC] = 6;
    this.cutLine();
  }

  #control(value: number): boolean {
    const { data } = this.#cpu;
    data[UCSRA] = (data[UCSRA]! & ~WRITABLE) | (value & WRITABLE);
    if (value & TXC) this.#cpu.clearInterrupt(this.#sendComplete);
    return true;
  }

  #enable(value: number): boolean {
    this.#cpu.data[UCSRB] = value;
    for (const one of [this.#receiveComplete, this.#registerEmpty, this.#sendComplete])
      this.#cpu.updateInterruptEnable(one, value);
    if (!(value & RECEIVES)) {
      this.#held = [];
      this.#tellHeld();
    }
    this.#nextByte();
    return true;
  }

  #nextByte(): void {
    if (this.#isReceiving || this.onTheLine === 0) return;
    if (!(this.#cpu.data[UCSRB]! & RECEIVES)) return;
    this.#isReceiving = true;
    const { cycles } = this.#cpu;
    this.#lineFreeCycles =
      Math.max(cycles, this.#lineFreeCycles) +
      (BITS * this.#clockHz) / (this.hostBaud ?? this.baud);
    this.#cpu.addClockEvent(this.#arrive, Math.round(this.#lineFreeCycles) - cycles);
  }

  readonly #arrive = (): void => {
    this.#isReceiving = false;
    if (this.onTheLine === 0) return; // the cable was pulled
    const byte = this.#line[this.#lineAt++]!;
    if (this.onTheLine === 0) this.cutLine();
    this.received++;
    const { baud, hostBaud = baud } = this;
    const isGarbled = Math.abs(hostBaud / baud - 1) > TOLERANCE;
    const held = {
      byte: isGarbled ? (byte * 37) & 0xff : byte,
      flags: isGarbled ? FRAME_ERROR : 0,
    };
    if (this.#held.length === HELD) {
      this.lost++;
      held.flags |= OVERRUN;
      this.#held[HELD - 1] = held;
    } else this.#held.push(held);
    this.#tellHeld();
    this.#nextByte();
  };

  /** The flags of UCSRA belong to the byte that would be read next. */
  #tellHeld(): void {
    const { data } = this.#cpu;
    const [first] = this.#held;
    data[UCSRA]! &= ~(FRAME_ERROR | OVERRUN);
    if (first === undefined) return this.#cpu.clearInterrupt(this.#receiveComplete);
    data[UCSRA]! |= first.flags;
    this.#cpu.setInterruptFlag(this.#receiveComplete);
  }

  #read(): number {
    this.#lastRead = this.#held.shift()?.byte ?? this.#lastRead;
    this.#tellHeld();
    return this.#lastRead;
  }

  #send(byte: number): boolean {
    if (!(this.#cpu.data[UCSRB]! & SENDS)) return true;
    if (this.#shifting === undefined) {
      this.#shift(byte);
    } else {
      this.#waiting = byte;
      this.#cpu.clearInterrupt(this.#registerEmpty);
    }
    return true;
  }

  #shift(byte: number): void {
    this.#shifting = byte;
    this.#cpu.addClockEvent(this.#sent, Math.round((BITS * this.#clockHz) / this.baud));
  }

  readonly #sent = (): void => {
    const byte = this.#shifting!;
    const waiting = this.#waiting;
    this.#shifting = this.#waiting = undefined;
    if (waiting === undefined) this.#cpu.setInterruptFlag(this.#sendComplete);
    else {
      this.#shift(waiting);
      this.#cpu.setInterruptFlag(this.#registerEmpty);
    }
    this.#said(byte, this.#cpu.cycles);
  };
}
