#include "board.h"

#include <string.h>

#include "hal.h"

uint32_t native_now, native_written;
static uint8_t ring[256], head, tail, before;
static uint16_t published[MOST_SERVOS], latched[MOST_SERVOS];
static uint16_t frames, period;
static uint32_t start;
static uint8_t published_tag, latched_tag;
static bool has_frame, is_cut;

void native_reset(void) {
  head = tail = before = 0;
  memset(published, 0, sizeof published);
  memset(latched, 0, sizeof latched);
  has_frame = is_cut = false;
  native_now = native_written = start = frames = 0;
}

void native_receive(uint8_t byte) {
  if (byte == ESTOP_BYTE && before == ESTOP_BYTE) is_cut = true;
  before = byte;
  ring[head++] = byte;
}

void native_frame(void) {
  for (uint8_t i = 0; i < MOST_SERVOS; i++) latched[i] = is_cut ? 0 : published[i];
  latched_tag = published_tag;
  start = native_now;
  frames++;
  has_frame = true;
}

void hal_open(void) { period = 40000; }
uint32_t hal_now(void) { return native_now; }
uint8_t hal_reset_cause(void) { return 1; }
void hal_feed_watchdog(void) {}
void hal_idle(bool busy) { (void)busy; }

bool hal_read(uint8_t *byte) {
  if (head == tail) return false;
  *byte = ring[tail++];
  return true;
}
bool hal_can_write(void) { return true; }
void hal_write(uint8_t byte) {
  (void)byte;
  native_written++;
}
bool hal_is_writing(void) { return false; }
void hal_set_baud(uint8_t index) { (void)index; }
bool hal_take_uart_fault(void) { return false; }

void hal_publish(const uint16_t ticks[MOST_SERVOS], uint8_t tag) {
  memcpy(published, ticks, sizeof published);
  published_tag = tag;
}
uint8_t hal_tag(void) { return latched_tag; }
bool hal_take_frame(void) {
  bool had = has_frame;
  has_frame = false;
  return had;
}
uint16_t hal_frame_number(void) { return frames; }
uint32_t hal_frame_start(void) { return start; }
uint32_t hal_next_start(void) { return start + period; }
uint16_t hal_latched(uint8_t channel) { return latched[channel]; }
void hal_set_period(uint16_t ticks) { period = ticks; }
void hal_start_early(void) {}
void hal_cut(void) { is_cut = true; }
void hal_uncut(void) { is_cut = false; }
bool hal_is_cut(void) { return is_cut; }

void hal_pin_mode(uint8_t pin, uint8_t mode) { (void)pin, (void)mode; }
void hal_pin_write(uint8_t pin, bool high) { (void)pin, (void)high; }
uint8_t hal_port_read(uint8_t port) { return port; }
void hal_adc_start(uint8_t input) { (void)input; }
bool hal_adc_done(uint16_t *value) { return *value = 512, true; }
