/* The whole firmware under libFuzzer: any bytes, at any time, between frames of any length. Whatever comes,
 * no pulse leaves its limits, none moves further than its slew, and none is there after a stop, which nothing that
 * was said before it can undo; and a board that is left alone goes limp, and wakes where that was.
 * usage: sh firmware/test/fuzz.sh SECONDS */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "hal.h"
#include "main.h"
#include "outputs.h"

static uint16_t before[MOST_SERVOS]; /* the last pulse there was, kept while limp; 0: none since the lock */
static bool was_on[MOST_SERVOS];
static bool is_waking; /* from limp, softly, by a single command */

static void check(int condition, const char *what, int channel) {
  if (condition) return;
  fprintf(stderr, "%s, output %d: %u after %u\n", what, channel, hal_latched(channel),
          before[channel]);
  abort();
}

static void frame(void) {
  bool was_locked = config.locked;
  native_now += 40000;
  native_frame();
  firmware_turn();
  for (uint8_t i = 0; i < MOST_SERVOS; i++) {
    uint16_t pulse = hal_latched(i);
    const struct servo *servo = &config.servos[i];
    check(!pulse || (pulse >= PULSE_MIN_TICKS && pulse <= PULSE_MAX_TICKS), "no pulse at all", i);
    check(!hal_is_cut() || pulse == 0, "a pulse after the stop", i);
    if (was_locked && pulse) {
      check(pulse >= servo->min_ticks && pulse <= servo->max_ticks, "outside its limits", i);
      int moved = abs((int)pulse - before[i]);
      int most = servo->slew_ticks;
      if (is_waking && most > config.soft_slew_ticks) most = config.soft_slew_ticks;
      /* The pulse that was planned last before a pause has never been seen: a slew of its own. */
      if (!is_waking && !was_on[i]) most *= 2;
      check(!before[i] || moved <= most, "faster than its slew", i);
    }
    if (!was_locked) before[i] = 0; /* what was before the lock had other limits */
    else if (pulse) before[i] = pulse;
    was_on[i] = pulse != 0;
  }
}

/* What a host says that means well: all outputs home, or as far from there as they may. */
static void say(bool far) {
  uint8_t ticks[2 * MOST_SERVOS];
  for (uint8_t i = 0; i < MOST_SERVOS; i++) {
    const struct servo *servo = &config.servos[i];
    uint16_t to = far ? servo->max_ticks : servo->home_ticks;
    ticks[2 * i] = to & 0x7f;
    ticks[2 * i + 1] = to >> 7;
  }
  outputs_targets(0, (1 << MOST_SERVOS) - 1, ticks);
  firmware_turn(); /* is planned before the frame begins */
  frame();
}

#define MOST_TURNS 16 /* that take all of the ring */
#define AWAY_FRAMES 8

static void doze_and_wake(void) {
  for (int k = 0; k < MOST_TURNS; k++) firmware_turn(); /* or what waits still would be a word, too */
  if (!config.locked || hal_is_cut()) return;
  for (int k = 0; k < AWAY_FRAMES; k++) say(true);
  native_now += config.hold_ticks;
  frame();
  native_now += config.limp_ticks;
  frame();
  frame();
  for (uint8_t i = 0; i < MOST_SERVOS; i++) check(hal_latched(i) == 0, "no end to its lease", i);
  is_waking = true;
  say(false);
  is_waking = false;
}

#define FRAME 0xfe /* no bytes of the protocol: here the end of a frame, */
#define SILENCE 0xfd /* one behind a long silence, */
#define BURST 0xfb /* and that what follows waits in the ring until the next of these, or the ring is full */
#define MOST_WAITING 240

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  bool is_burst = false, was_stop = false, is_stopped = false;
  int waiting = 0;
  native_reset();
  firmware_open();
  for (uint8_t i = 0; i < MOST_SERVOS; i++) before[i] = was_on[i] = 0;
  for (size_t n = 0; n < count; n++) {
    uint8_t byte = bytes[n];
    bool is_told = byte < BURST || byte == ESTOP_BYTE || byte == 0xff;
    if (is_told) {
      native_receive(byte);
      is_stopped = byte == ESTOP_BYTE && was_stop;
      was_stop = byte == ESTOP_BYTE;
      if (is_burst && ++waiting < MOST_WAITING) continue;
    } else if (byte == BURST) is_burst = !is_burst;
    do firmware_turn();
    while ((waiting -= 16) > 0); /* fewer than a helping of main.c */
    waiting = 0;
    check(!is_stopped || hal_is_cut(), "a stop was undone", 0);
    if (byte == SILENCE) native_now += 2000000;
    if (byte == SILENCE || byte == FRAME) frame();
  }
  for (int k = 0; k < 3; k++) frame();
  doze_and_wake();
  return 0;
}
