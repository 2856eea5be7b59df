// Wrote the frames of wire.txt once, by arithmetic of its own: bitwise CRC, no code of src/.
const say = (line) => process.stdout.write(`${line}\n`);
const crc16 = (bytes) => {
  let crc = 0xffff;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc ^ (byte >> bit)) & 1 ? 0x8408 : 0);
  return crc;
};
const frame = (...body) => {
  const crc = crc16(body);
  return [0xf0, ...body, crc & 127, (crc >> 7) & 127, crc >> 14, 0xf7];
};
const text = (bytes) => bytes.map((b) => b.toString(16).padStart(2, "0")).join(" ");
const line = (stream, ...events) => say(`${text(stream)} > ${events.join(", ")}`);
const told = (...body) => `frame ${text(body)}`;
const u14 = (...numbers) => numbers.flatMap((n) => [n & 127, n >> 7]);

say("# What a parser makes of a stream: bytes > events. Read by the C and the TypeScript tests.");
say("# frame id seq data..., sysex data..., message status data..., bad_crc, broken_frame");
say("# hello: protocol 1");
const hello = [0x01, 0x00, 0x01];
line(frame(...hello), told(...hello));
say("# targets: seq 5, outputs 0 and 2, 1500.0 us and no pulse");
const targets = [0x0b, 0x05, ...u14(0b101), ...u14(3000, 0)];
line(frame(...targets), told(...targets));
say("# chunk: seq 127, marker 13, ids 900, 1026, 771");
const chunk = [0x0c, 0x7f, ...u14(13, 900, 1026, 771)];
line(frame(...chunk), told(...chunk));
say("# begin: no data at all");
line(frame(0x03, 0x10), told(0x03, 0x10));
say("# the longest there is: 126 bytes of data; one more is too long");
const long = [0x07, 0x01, ...Array.from({ length: 126 }, (_, i) => (i * 37) & 127)];
line(frame(...long), told(...long));
line(frame(...long, 1), "broken_frame");
say("# what is too long, for a board and for a host, costs itself and no more");
line([...frame(...long, 1), ...frame(...hello)], "broken_frame", told(...hello));
const endless = [0xf0, ...long, ...Array.from({ length: 1000 }, (_, i) => i % 128), 0xf7];
line([...endless, ...frame(...hello)], "broken_frame", told(...hello));
say("# a wrong bit in the data, in the crc");
line([0xf0, 0x0b, 0x04, ...frame(...targets).slice(3)], "bad_crc");
line([...frame(...hello).slice(0, -2), 0x03, 0xf7], "bad_crc");
say("# cut off by the next one, and by the emergency stop");
line([...frame(...targets).slice(0, 6), ...frame(...hello)], "broken_frame", told(...hello));
line([...frame(...targets).slice(0, 6), 0xfc, 0xfc], "broken_frame", "message fc", "message fc");
say("# too short for a crc, empty, an end without a start, data without a status");
line([0xf0, 0x0b, 0x01, 0xf7], "broken_frame");
line([0xf0, 0xf7], "broken_frame");
line([0xf7, 0x01, 0x02, ...frame(...hello)], told(...hello));
say(
  "# plain Firmata: servo write on pin 9, extended analog, set pin mode, a message that is cut off",
);
line([0xe9, 0x5c, 0x0b], "message e9 5c 0b");
line([0xf0, 0x6f, 0x0d, 0x5c, 0x0b, 0xf7], "sysex 6f 0d 5c 0b");
line([0xf4, 0x09, 0x04], "message f4 09 04");
line([0xe9, 0x5c, 0xe3, 0x01, 0x02, 0x55], "message e3 01 02");
line([0xc0, 0x01, 0xd1, 0x00], "message c0 01", "message d1 00");
say("# a stray start swallows nothing");
line([0xf0, 0xe9, 0x5c, 0x0b], "broken_frame", "message e9 5c 0b");
