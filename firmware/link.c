#include "link.h"

#include <string.h>

#include "board.h"

#define SYSEX_START 0xf0
#define SYSEX_END 0xf7
#define LAST_USER_ID 0x0f
#define CRC_BYTES 3

uint16_t wire_u14(const uint8_t *at) { return at[0] | (uint16_t)at[1] << 7; }

uint32_t wire_u21(const uint8_t *at) { return wire_u14(at) | (uint32_t)at[2] << 14; }

uint16_t wire_crc(const uint8_t *bytes, uint8_t count) {
  uint16_t crc = 0xffff;
  while (count--) crc = crc16_step(crc, *bytes++);
  return crc;
}

void link_reset(struct link *link) { memset(link, 0, sizeof *link); }

static uint8_t data_bytes(uint8_t status) {
  uint8_t kind = status & 0xf0;
  if (kind == 0xc0 || kind == 0xd0) return 1;
  if (kind != 0xf0) return 2;
  return status == 0xf4 || status == 0xf5 ? 2 : 0;
}

static enum link_event sysex_end(struct link *link) {
  uint8_t length = link->length;
  if (link->too_long || length == 0) return LINK_BROKEN;
  if (link->buffer[0] == 0 || link->buffer[0] > LAST_USER_ID) return LINK_SYSEX;
  if (length < 2 + CRC_BYTES) return LINK_BROKEN;
  length -= CRC_BYTES;
  link->length = length;
  return wire_u21(link->buffer + length) == wire_crc(link->buffer, length) ? LINK_FRAME
                                                                           : LINK_BAD_CRC;
}

static enum link_event begin(struct link *link, uint8_t status) {
  enum link_event event = LINK_NOTHING;
  uint8_t in_sysex = link->status == SYSEX_START;
  if (status == SYSEX_END) {
    link->status = 0;
    if (in_sysex) return sysex_end(link);
  } else {
    link->broken = in_sysex;
    link->status = status;
    if (status != SYSEX_START && data_bytes(status) == 0) event = LINK_MESSAGE;
  }
  link->length = 0;
  link->too_long = 0;
  return event;
}

enum link_event link_take(struct link *link, uint8_t byte) {
  link->broken = 0;
  if (byte & 0x80) {
    /* After an event its bytes stay readable until the next byte; here the next one begins. */
    if (byte != SYSEX_END || link->status != SYSEX_START) link->length = 0;
    return begin(link, byte);
  }
  if (link->status == 0) return LINK_NOTHING;
  if (link->status != SYSEX_START) {
    uint8_t wanted = data_bytes(link->status);
    if (link->length >= wanted) return LINK_NOTHING;
    link->buffer[link->length++] = byte;
    return link->length == wanted ? LINK_MESSAGE : LINK_NOTHING;
  }
  if (link->length < LINK_MOST)
    link->buffer[link->length++] = byte;
  else
    link->too_long = 1;
  return LINK_NOTHING;
}
