// Intel HEX, the format of firmware files: lines of ":" count address type data checksum.
import { BodyError } from "../../core/errors.ts";

const DATA = 0;
const END = 1;
const SEGMENT = 2;
const LINEAR = 4;

/** Flash of so many bytes with the program in it, FF elsewhere. @throws BodyError that names the line */
export const flashOf = (hex: string, size: number, name = "the firmware"): Uint8Array => {
  const flash = new Uint8Array(size).fill(0xff);
  let base = 0;
  let ended = false;
  for (const [index, line] of hex.split(/\r?\n/).entries()) {
    if (line === "" || ended) continue;
    const fail = (what: string): never => {
      throw new BodyError(
        `line ${index + 1} of ${name} ${what}; it is not the Intel HEX file that was built: build it again`,
      );
    };
    if (!/^:([\da-fA-F]{2}){5,}$/.test(line))
      fail(`is "${line.slice(0, 20)}", expected : and hex digits`);
    const bytes = Uint8Array.from(line.slice(1).match(/../g)!, (pair) => Number.parseInt(pair, 16));
    const [count, high, low, type] = bytes;
    const data = bytes.subarray(4, -1);
    if (data.length !== count) fail(`has ${data.length} bytes of data, expected ${count}`);
    if (bytes.reduce((sum, byte) => sum + byte, 0) % 256 !== 0) fail("has a wrong checksum");
    const address = base + high! * 256 + low!;
    if (type === DATA) {
      if (address + count! > size)
        fail(`writes up to byte ${address + count!}, expected at most ${size}`);
      flash.set(data, address);
    } else if (type === SEGMENT) base = (data[0]! * 256 + data[1]!) * 16;
    else if (type === LINEAR) base = (data[0]! * 256 + data[1]!) * 65_536;
    else if (type === END) ended = true;
  }
  if (!ended)
    throw new BodyError(
      `${name} has no last line :00000001FF; it was cut off: build or copy it again`,
    );
  return flash;
};
