// CRC-16/KERMIT's polynomial (0x8408 reflected, CCITT) from FFFF on, as avr-libc's _crc_ccitt_update
// computes it on the board.

const CRC_START = 0xffff;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  return crc;
});

export const crc16 = (bytes: Iterable<number>, from = CRC_START): number => {
  let crc = from;
  for (const byte of bytes) crc = (crc >> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return crc;
};
