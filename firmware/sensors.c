#include "sensors.h"

#include <string.h>

#include "hal.h"
#include "reply.h"

#define FIRMATA_ANALOG 0xe0

static uint16_t periods[MOST_SENSORS]; /* ms, 0 for none */
static uint32_t due[MOST_SENSORS];
static uint8_t reported; /* a bit an input, plain Firmata */
static bool is_used;     /* since the last reset: most turns have nothing to look for */
static uint16_t interval_ms;
static uint32_t report_due;
static uint8_t to_report; /* of the report at hand */

static bool is_converting;
static uint8_t converting, last;
static uint32_t taken;
static bool for_stream, for_report;

void sensors_reset(void) {
  memset(periods, 0, sizeof periods);
  reported = to_report = 0;
  is_used = false;
  interval_ms = 19; /* Firmata's own */
}

bool sensors_is_converting(void) { return is_converting; }

/* Whatever was due before may be so old that it looks like still to come. (In line twice it would not fit the chip.) */
__attribute__((noinline)) static void make_due(uint32_t *when) {
  is_used = true;
  *when = hal_now();
}

bool sensors_stream(uint8_t input, uint16_t period_ms) {
  if (input >= MOST_SENSORS) return false;
  periods[input] = period_ms;
  make_due(&due[input]);
  return true;
}

void sensors_report(uint8_t input, bool wanted) {
  if (input >= MOST_SENSORS) return;
  make_due(&report_due);
  if (wanted) reported |= 1 << input;
  else reported &= ~(1 << input);
}

void sensors_interval(uint16_t ms) { interval_ms = ms ? ms : 1; }

static void tell(uint16_t value) {
  if (for_stream) {
    frame_begin(BOARD_READING, BOARD_READING_SIZE);
    frame_u7(converting);
    frame_u32(taken / TICKS_PER_US);
    frame_u14(value);
    frame_end();
  }
  if (for_report && reply_room(3)) {
    reply_byte(FIRMATA_ANALOG | converting);
    reply_u14(value);
  }
}

/* The phase of a stream is kept; what was missed in a stall is not made up for. */
static bool stream_is_due(uint8_t input, uint32_t now) {
  if (periods[input] == 0 || (int32_t)(now - due[input]) < 0) return false;
  uint32_t period = periods[input] * TICKS_PER_MS;
  due[input] += period;
  if ((int32_t)(now - due[input]) >= 0) due[input] = now + period;
  return true;
}

void sensors_poll(void) {
  uint16_t value;
  if (is_converting) {
    /* It keeps until there is room: two statuses alone fill the ring. */
    if (!reply_room(BOARD_READING_SIZE + 7) || !hal_adc_done(&value)) return;
    is_converting = false;
    tell(value);
  }
  if (!is_used) return;
  uint32_t now = hal_now();
  if (reported && (int32_t)(now - report_due) >= 0) {
    report_due = now + interval_ms * TICKS_PER_MS;
    to_report = reported;
  }
  for (uint8_t i = 0; i < MOST_SENSORS; i++) {
    last = last + 1 < MOST_SENSORS ? last + 1 : 0; /* in turn, so that none starves another */
    for_stream = stream_is_due(last, now);
    for_report = to_report >> last & 1;
    if (!for_stream && !for_report) continue;
    to_report &= ~(1 << last);
    converting = last;
    taken = now;
    is_converting = true;
    hal_adc_start(last);
    return;
  }
}
