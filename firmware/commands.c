#include "commands.h"

#include "config.h"
#include "faults.h"
#include "firmata.h"
#include "hal.h"
#include "link.h"
#include "outputs.h"
#include "reply.h"
#include "sensors.h"
#include "version.h"

#define NO_SEQ 0xff
#define SILENT_TICKS (3000 * TICKS_PER_MS) /* then back to the speed that everybody begins with */

static uint8_t last_seq;
static uint8_t told_mode;
static uint32_t last_frame_ticks, last_status_ticks;
static uint8_t baud, wanted_baud;
static bool status_is_due;

void commands_reset(void) {
  last_seq = NO_SEQ;
  told_mode = MODE_LIMP;
  last_frame_ticks = last_status_ticks = hal_now();
  baud = wanted_baud = 0;
  status_is_due = false;
}

static void refuse(uint16_t fault) { count_fault(&faults.refused, fault); }

static void tell_hello(void) {
  if (!frame_begin(BOARD_HELLO, BOARD_HELLO_SIZE)) return;
  frame_u7(PROTOCOL_VERSION);
  frame_u7(VERSION_MAJOR);
  frame_u7(VERSION_MINOR);
  frame_u7(VERSION_PATCH);
  frame_u7(HAL_BOARD);
  frame_u7(MOST_SERVOS);
  frame_u7(hal_reset_cause());
  frame_u7(config.locked);
  frame_u21(config.crc);
  frame_end();
}

static void tell_time(uint16_t token, uint32_t received) {
  if (!frame_begin(BOARD_PONG, BOARD_PONG_SIZE)) return;
  frame_u14(token);
  frame_u32(received / TICKS_PER_US);
  frame_u32(hal_now() / TICKS_PER_US);
  frame_end();
}

static bool tell_status(void) {
  if (!frame_begin(BOARD_STATUS, BOARD_STATUS_SIZE)) return false;
  told_mode = outputs_mode();
  frame_u7(told_mode);
  frame_u7(config.locked);
  frame_u7(last_seq);
  frame_u7(hal_tag());
  frame_u14(hal_frame_number());
  frame_u32(hal_frame_start() / TICKS_PER_US);
  frame_u32(hal_next_start() / TICKS_PER_US);
  frame_u14(faults.bits);
  frame_u14(faults.bad_crc);
  frame_u14(faults.broken);
  frame_u14(faults.refused);
  frame_u14(faults.clamped);
  frame_u14(faults.uart);
  for (uint8_t i = 0; i < MOST_SERVOS; i++) frame_u14(hal_latched(i));
  frame_end();
  return true;
}

/* Whether motion may be asked for at all; a refusal feeds no lease. */
static bool may_move(void) {
  if (hal_is_cut()) return refuse(FAULT_STOPPED), false;
  if (!config.locked) return refuse(FAULT_NOT_LOCKED), false;
  return true;
}

static void take_targets(uint8_t seq, const uint8_t *data, uint8_t count) {
  uint8_t ones = 0;
  uint16_t mask = count >= HOST_TARGETS_LEAST ? wire_u14(data + HOST_TARGETS_AT_MASK) : 0;
  for (uint16_t bits = mask; bits; bits >>= 1) ones += bits & 1;
  if (mask == 0 || mask >> MOST_SERVOS || count != HOST_TARGETS_LEAST + 2 * ones)
    return refuse(FAULT_MALFORMED);
  if (!may_move()) return;
  last_seq = seq;
  outputs_targets(seq, mask, data + HOST_TARGETS_AT_TICKS);
}

/* One that is said twice is played once: a host may send each chunk twice, and lose one of them. */
static void take_chunk(uint8_t seq, const uint8_t *data, uint8_t count) {
  if (count % 2 != 0) return refuse(FAULT_MALFORMED);
  if (!may_move() || seq == last_seq) return;
  last_seq = seq;
  outputs_chunk(seq, data + HOST_CHUNK_AT_IDS, count / 2);
}

static void take_download(uint8_t id, const uint8_t *data, uint8_t count) {
  if (config.locked) return refuse(FAULT_ALREADY_LOCKED);
  if (id == HOST_BEGIN) return config_begin();
  if (id == HOST_LOCK) {
    uint32_t crc = count == HOST_LOCK_SIZE ? wire_u21(data + HOST_LOCK_AT_CRC) : 0;
    if (crc != config.crc) return refuse(FAULT_WRONG_LOCK);
    firmata_reset(); /* what plain Firmata had begun ends here, pins included: noise may have looked like it */
    config.locked = true;
    outputs_reset(); /* limits hold from the first pulse */
    if (config.stop_pin) hal_pin_mode(FIRST_ANALOG_PIN + config.stop_pin - 1, PIN_PULLUP);
    status_is_due = true;
    return;
  }
  if (!config_take(id, data, count)) refuse(FAULT_MALFORMED);
}

void commands_take(uint8_t id, uint8_t seq, const uint8_t *data, uint8_t count) {
  uint32_t now = hal_now();
  last_frame_ticks = now;
  switch (id) {
    case HOST_HELLO:
      last_seq = NO_SEQ;
      return tell_hello();
    case HOST_PING:
      if (count == HOST_PING_SIZE) return tell_time(wire_u14(data + HOST_PING_AT_TOKEN), now);
      return refuse(FAULT_MALFORMED);
    case HOST_BEGIN:
    case HOST_SERVO:
    case HOST_TIMING:
    case HOST_CODEC:
    case HOST_LEVELS:
    case HOST_LIMB:
    case HOST_LOCK:
      return take_download(id, data, count);
    case HOST_SENSOR:
      if (count != HOST_SENSOR_SIZE || !sensors_stream(data[HOST_SENSOR_AT_INPUT],
                                                       wire_u14(data + HOST_SENSOR_AT_PERIOD_MS)))
        refuse(FAULT_MALFORMED);
      return;
    case HOST_TARGETS:
      return take_targets(seq, data, count);
    case HOST_CHUNK:
      return take_chunk(seq, data, count);
    case HOST_CLEAR:
      if (count != HOST_CLEAR_SIZE || wire_u14(data + HOST_CLEAR_AT_WORD) != CLEAR_WORD)
        return refuse(FAULT_MALFORMED);
      faults.bits = 0;
      outputs_clear();
      status_is_due = true;
      return;
    case HOST_STATUS:
      status_is_due = true;
      return;
    case HOST_BAUD:
      if (count != HOST_BAUD_SIZE || data[HOST_BAUD_AT_INDEX] >= BAUDS)
        return refuse(FAULT_MALFORMED);
      wanted_baud = data[HOST_BAUD_AT_INDEX];
      return;
    default:
      refuse(FAULT_UNKNOWN_FRAME);
  }
}

void commands_frame(void) {
  uint32_t now = hal_now();
  if (config.status_ms && now - last_status_ticks >= config.status_ms * TICKS_PER_MS) {
    last_status_ticks = now;
    status_is_due = true;
  }
  bool is_lost = outputs_mode() == MODE_LIMP && now - last_frame_ticks >= SILENT_TICKS;
  if (baud != 0 && is_lost) wanted_baud = 0;
}

void commands_poll(void) {
  /* Unasked only once limits are locked: clients of plain Firmata don't expect it. */
  if (config.locked && outputs_mode() != told_mode) status_is_due = true;
  if (status_is_due && tell_status()) status_is_due = false;
  if (wanted_baud != baud && !reply_pending() && !hal_is_writing()) {
    baud = wanted_baud;
    hal_set_baud(baud);
  }
}
