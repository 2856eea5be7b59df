#include "outputs.h"

#include <string.h>

#include "config.h"
#include "faults.h"
#include "hal.h"
#include "link.h"
#include "motion.h"

#define FRAME_TICKS (20 * TICKS_PER_MS)
/* While targets stream in, frames run a little long, so that each packet finds the last frame over and
 * starts the next one itself: the first edge follows it by 50 us instead of 10 ms. */
#define STREAM_TICKS (22 * TICKS_PER_MS)
#define STREAM_OVER_TICKS (100 * TICKS_PER_MS)
#define LONGEST_SOFT_START 10
#define PLAN_TICKS TICKS_PER_MS

static uint16_t target[MOST_SERVOS];    /* ticks inside the limits, 0 for limp */
static uint16_t last_pose[MOST_SERVOS]; /* where a channel was seen last, kept while limp; 0: nowhere yet */
static uint16_t leased;                 /* channels under the token protocol */
static enum mode mode;
static uint32_t lease_end, hold_start, soft_start, stream_last;
static bool is_streaming;
static uint8_t planned_seq; /* of the last motion command */
static bool is_planned; /* whether the next frame knows the targets as they are */
static uint32_t planned;

enum mode outputs_mode(void) { return mode; }

static uint16_t limited(uint8_t channel, uint16_t ticks) {
  const struct servo *servo = &config.servos[channel];
  if (ticks >= servo->min_ticks && ticks <= servo->max_ticks) return ticks;
  count_fault(&faults.clamped, FAULT_CLAMPED);
  return ticks < servo->min_ticks ? servo->min_ticks : servo->max_ticks;
}

/* Where a channel is, as far as anybody can know: on its pin, or where that was last. Not where it was planned to be:
 * commands that wake it may be many in one frame, and each would be a slew further. */
static uint16_t pose_of(uint8_t channel) {
  uint16_t pose = hal_latched(channel);
  if (pose) last_pose[channel] = pose;
  else pose = last_pose[channel];
  if (pose == 0) pose = config.servos[channel].home_ticks;
  return pose;
}

static uint16_t towards(uint8_t channel, uint16_t to) {
  const struct servo *servo = &config.servos[channel];
  uint16_t from = pose_of(channel), slew = servo->slew_ticks;
  if (from == 0) return to;
  /* Limits come before slew: a pulse from before the lock may still lie outside of them. */
  if (from < servo->min_ticks) from = servo->min_ticks;
  if (from > servo->max_ticks) from = servo->max_ticks;
  if (mode == MODE_SOFT && slew > config.soft_slew_ticks) slew = config.soft_slew_ticks;
  if (to > from) return to - from > slew ? from + slew : to;
  return from - to > slew ? from - slew : to;
}

static void plan(void) {
  uint16_t next[MOST_SERVOS];
  uint32_t at = hal_next_start();
  uint16_t plays = motion_playing; /* shifted along: a shift by i would be a loop of its own */
  for (uint8_t i = 0; i < MOST_SERVOS; i++, plays >>= 1) {
    if (plays & 1) target[i] = limited(i, motion_at(i, at));
    next[i] = target[i] ? towards(i, target[i]) : 0;
  }
  hal_publish(next, planned_seq);
  is_planned = true;
}

void outputs_reset(void) {
  memset(target, 0, sizeof target);
  memset(last_pose, 0, sizeof last_pose);
  leased = 0;
  mode = MODE_LIMP;
  motion_playing = 0;
  plan(); /* what was planned for the next frame, too: it knew other limits */
}

/* Whether every output has caught up with its target, as far as the speed of soft start can. */
static bool is_reached(void) {
  for (uint8_t i = 0; i < MOST_SERVOS; i++) {
    int16_t gap = target[i] - hal_latched(i);
    if (target[i] && (gap > (int16_t)config.soft_slew_ticks || -gap > (int16_t)config.soft_slew_ticks))
      return false;
  }
  return true;
}

static void lease(uint32_t now, uint32_t ticks) {
  uint32_t end = now + ticks;
  /* While nothing moves lease_end is of any age, and half of all ages look like what is still to come. */
  if (mode == MODE_LIMP || !motion_playing || (int32_t)(end - lease_end) > 0) lease_end = end;
}

static void wake(uint32_t now) {
  if (mode == MODE_LIMP) {
    mode = MODE_SOFT;
    soft_start = now;
  } else if (mode == MODE_HOLD) {
    mode = MODE_SOFT; /* a soft start goes on; one that is over ends at the next frame */
  }
}

void outputs_targets(uint8_t seq, uint16_t mask, const uint8_t *ticks) {
  uint32_t now = hal_now();
  bool moves = false;
  planned_seq = seq;
  motion_playing &= ~mask;
  leased |= mask;
  for (uint8_t i = 0; mask; i++, mask >>= 1) {
    if (!(mask & 1)) continue;
    uint16_t wanted = wire_u14(ticks);
    ticks += 2;
    target[i] = wanted ? limited(i, wanted) : 0;
    moves |= wanted != 0;
  }
  lease(now, config.hold_ticks);
  if (moves) wake(now);
  else if (mode != MODE_LIMP) {
    uint16_t any = motion_playing; /* a chunk that is not planned yet has no targets */
    for (uint8_t i = 0; i < MOST_SERVOS; i++) any |= target[i];
    if (!any) mode = MODE_LIMP;
  }
  is_streaming = true;
  stream_last = now;
  is_planned = false;
}

void outputs_chunk(uint8_t seq, const uint8_t *ids, uint8_t count) {
  uint32_t now = hal_now();
  uint16_t moved = motion_take(ids, count, now, pose_of);
  lease(now, config.chunk_ms * TICKS_PER_MS + config.hold_ticks);
  planned_seq = seq;
  is_planned = false;
  if (moved == 0) return;
  leased |= moved;
  wake(now);
}

void outputs_direct(uint8_t channel, uint16_t ticks) {
  if (hal_is_cut()) return;
  motion_playing &= ~(1u << channel);
  target[channel] = limited(channel, ticks);
  if (config.locked) {
    leased |= 1u << channel;
    lease(hal_now(), config.hold_ticks);
    wake(hal_now());
  } else if (mode == MODE_LIMP) {
    mode = MODE_ACTIVE;
  }
  plan();
}

void outputs_release(uint8_t channel) {
  motion_playing &= ~(1u << channel);
  target[channel] = 0;
  plan();
}

void outputs_limp(void) {
  motion_playing = 0;
  memset(target, 0, sizeof target);
  leased = 0;
  if (mode != MODE_ESTOP) mode = MODE_LIMP;
  plan();
}

void outputs_stop(void) {
  hal_cut();
  mode = MODE_ESTOP;
  outputs_limp();
}

void outputs_clear(void) {
  if (mode != MODE_ESTOP) return;
  mode = MODE_LIMP;
  hal_uncut();
}

static void hold(uint32_t now) {
  mode = MODE_HOLD;
  hold_start = now;
  faults.bits |= FAULT_LEASE_OVER;
  motion_playing &= ~leased;
  for (uint8_t i = 0; i < MOST_SERVOS; i++)
    if (leased >> i & 1 && target[i]) target[i] = limited(i, pose_of(i)); /* it may be of before the lock */
}

static void heed_lease(uint32_t now) {
  bool moves = mode == MODE_SOFT || mode == MODE_ACTIVE;
  if (moves && leased && (int32_t)(now - lease_end) >= 0) hold(now);
  if (mode == MODE_HOLD && now - hold_start >= config.limp_ticks) {
    bool others = false;
    for (uint8_t i = 0; i < MOST_SERVOS; i++) {
      if (leased >> i & 1) target[i] = 0;
      others |= target[i] != 0;
    }
    leased = 0;
    mode = others ? MODE_ACTIVE : MODE_LIMP;
  }
}

/* At once as a rule; where commands come faster than frames, not for every one of them. */
void outputs_poll(void) {
  if (is_planned) return;
  uint32_t now = hal_now();
  if (now - planned < PLAN_TICKS) return;
  planned = now;
  plan();
  if (is_streaming) hal_start_early();
}

void outputs_frame(void) {
  uint32_t now = hal_now();
  heed_lease(now);
  if (mode == MODE_SOFT) {
    uint32_t soft = now - soft_start;
    if (soft >= config.soft_ticks &&
        (is_reached() || soft >= config.soft_ticks * LONGEST_SOFT_START))
      mode = MODE_ACTIVE;
  }
  if (is_streaming && now - stream_last >= STREAM_OVER_TICKS) is_streaming = false;
  hal_set_period(is_streaming ? STREAM_TICKS : FRAME_TICKS);
  plan();
}
