// Seeds for the fuzzer: whole sessions, which chance would hardly find behind a CRC. usage: node seeds.mjs FOLDER
import { writeFileSync } from "node:fs";

const crc16 = (bytes, from = 0xffff) => {
  let crc = from;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc ^ (byte >> bit)) & 1 ? 0x8408 : 0);
  return crc;
};
const split = (value) => [value & 127, (value >> 7) & 127, value >> 14];
let seq = 0;
const frame = (id, ...data) => {
  const body = [id, (seq = (seq + 1) & 127), ...data];
  return [0xf0, ...body, ...split(crc16(body)), 0xf7];
};
const u14 = (...numbers) => numbers.flatMap((n) => [n & 127, n >> 7]);
const FRAME = 0xfe;
const SILENCE = 0xfd;
const BURST = 0xfb;

let crc = 0xffff;
const told = (id, ...data) => {
  crc = crc16([id, ...data], crc);
  return frame(id, ...data);
};
const session = [
  ...frame(1, 1),
  ...frame(3),
  ...[0, 1, 2].flatMap((channel) =>
    told(4, channel, ...u14(1200, 4600, 3000, 150, 5279), channel === 2 ? 1 : 0),
  ),
  ...told(5, ...u14(250, 2000, 30, 600, 20), 0),
  ...told(6, ...u14(500, 900, 255, 9600, 4800, 3200, 2400)),
  ...told(7, 0, ...u14(...Array.from({ length: 60 }, (_, k) => 100 * k))),
  ...told(8, ...u14(13), 0, 1),
  ...told(8, ...u14(14), 2),
];
session.push(...frame(10, ...split(crc)), FRAME);
const targets = (...ticks) => frame(11, ...u14((1 << ticks.length) - 1, ...ticks));
const chunk = (...ids) => frame(12, ...u14(...ids));
const firmata = [0xf4, 3, 4, 0xe3, 0x38, 0x17, 0xf0, 0x6f, 4, 0x38, 0x17, 0xf7, 0x90, 3, 1, 0xc0, 1];

const seeds = {
  targets: [...session, ...targets(3000, 2000, 4000), FRAME, FRAME, ...targets(9000, 1, 0), FRAME],
  chunk: [...session, ...chunk(13, 1000, 1100, 950, 14, 910), FRAME, FRAME, FRAME, FRAME, FRAME],
  stop: [...session, ...targets(3000), FRAME, 0xfc, 0xfc, FRAME, ...frame(13, ...u14(0x155a)), FRAME],
  overtaken: [...session, ...targets(3000), FRAME, 0xfc, 0xfc, BURST, ...frame(13, ...u14(0x155a)), 0xfc, 0xfc, BURST, FRAME],
  silence: [...session, ...targets(3000, 3000), FRAME, SILENCE, FRAME, SILENCE, SILENCE],
  firmata: [...firmata, FRAME, ...session, ...firmata, FRAME, 0xff, FRAME],
  queries: [0xf9, 0xf0, 0x79, 0xf7, 0xf0, 0x6b, 0xf7, 0xf0, 0x69, 0xf7, 0xf0, 0x6d, 3, 0xf7, FRAME],
  sensors: [...frame(9, 0, ...u14(20)), FRAME, ...frame(2, ...u14(99)), ...frame(14), ...frame(15, 3)],
};
for (const [name, bytes] of Object.entries(seeds))
  writeFileSync(`${process.argv[2]}/${name}`, Uint8Array.from(bytes));
