#include "reply.h"

#include "hal.h"

#define RING 128 /* a power of two */

static uint8_t ring[RING];
static uint8_t head, tail;
static bool is_claimed;
static uint8_t board_seq;
static uint16_t crc;

void reply_reset(void) {
  head = tail = board_seq = 0;
  is_claimed = false;
}

static uint8_t used(void) { return (uint8_t)(head - tail) & (RING - 1); }

bool reply_room_for_claimer(uint8_t bytes) { return RING - 1 - used() >= bytes; }

bool reply_room(uint8_t bytes) { return !is_claimed && reply_room_for_claimer(bytes); }

void reply_claim(bool claimed) { is_claimed = claimed; }

bool reply_pending(void) { return head != tail; }

void reply_pump(void) {
  while (head != tail && hal_can_write()) {
    hal_write(ring[tail]);
    tail = (tail + 1) & (RING - 1);
  }
}

void reply_byte(uint8_t byte) {
  ring[head] = byte;
  head = (head + 1) & (RING - 1);
}

void reply_u14(uint16_t value) {
  reply_byte(value & 0x7f);
  reply_byte(value >> 7 & 0x7f);
}

bool frame_begin(uint8_t id, uint8_t data_bytes) {
  if (!reply_room(data_bytes + 7)) return false;
  crc = 0xffff;
  reply_byte(0xf0);
  frame_u7(id);
  frame_u7(board_seq);
  board_seq = (board_seq + 1) & 0x7f;
  return true;
}

void frame_u7(uint8_t value) {
  value &= 0x7f;
  crc = crc16_step(crc, value);
  reply_byte(value);
}

void frame_u14(uint16_t value) {
  frame_u7(value);
  frame_u7(value >> 7);
}

void frame_u21(uint32_t value) {
  frame_u14(value);
  frame_u7(value >> 14);
}

void frame_u32(uint32_t value) {
  frame_u21(value);
  frame_u7(value >> 21);
  frame_u7(value >> 28 & 0x07);
}

void frame_end(void) {
  uint16_t sum = crc;
  reply_u14(sum);
  reply_byte(sum >> 14);
  reply_byte(0xf7);
}
