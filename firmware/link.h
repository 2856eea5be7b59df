/* A byte stream into token frames and Firmata messages; src/wire/parser.ts does the same. */
#ifndef EFFERENCE_LINK_H
#define EFFERENCE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

#define LINK_MOST (2 + MOST_DATA_BYTES + 3)

enum link_event {
  LINK_NOTHING,
  LINK_FRAME,   /* buffer: id seq data; length: of id, seq and data together */
  LINK_SYSEX,   /* buffer: command data */
  LINK_MESSAGE, /* status, buffer: its data bytes */
  LINK_BAD_CRC,
  LINK_BROKEN
};

struct link {
  uint8_t buffer[LINK_MOST];
  uint8_t length;
  uint8_t status;   /* what the data bytes belong to, 0 for nothing */
  uint8_t too_long; /* more came than the buffer holds */
  uint8_t broken;   /* frames that the byte at hand cut off: 0 or 1 */
};

void link_reset(struct link *link);
/* Takes any byte at any time. A status byte may both cut a frame off (broken) and be an event. */
enum link_event link_take(struct link *link, uint8_t byte);

/* The short way for the byte that comes most: one more of a sysex. Otherwise false, and nothing done. */
static inline bool link_takes_data(struct link *link, uint8_t byte) {
  if (byte & 0x80 || link->status != 0xf0 || link->length >= LINK_MOST) return false;
  link->buffer[link->length++] = byte;
  return true;
}

/* Numbers of 7-bit bytes, least significant first. */
uint16_t wire_u14(const uint8_t *at);
uint32_t wire_u21(const uint8_t *at);
uint16_t wire_crc(const uint8_t *bytes, uint8_t count);

#endif
