#include "motion.h"

#include <string.h>

#include "config.h"
#include "curves.h"
#include "hal.h"
#include "link.h"

static int16_t amplitudes[MOST_SERVOS][MOST_COEFFICIENTS]; /* 1 / 8 tick */
static uint16_t base[MOST_SERVOS];                         /* ticks where the chunk began */
static uint32_t started[MOST_SERVOS];
uint16_t motion_playing;

/* level x scale x ratio, in 1 / 8 tick. The products are 14 + 14 and then 18 + 14 bits wide. */
static int16_t amplitude(const struct servo *servo, uint8_t k, uint16_t level) {
  uint16_t zero = config.levels >> 1;
  uint16_t away = level > zero ? level - zero : zero - level;
  if (away == 0) return 0;
  uint32_t degrees = (uint32_t)config.amplitudes[away - 1] * config.scales[k] >> 10; /* 1 / 1024 */
  uint32_t eighths = (degrees * servo->ratio + (1UL << 14)) >> 15;
  int16_t size = eighths > INT16_MAX ? INT16_MAX : (int16_t)eighths;
  return (level < zero) != (servo->mirrored != 0) ? -size : size;
}

static const struct limb *limb_of(uint16_t id) {
  for (uint8_t i = 0; i < config.limb_count; i++)
    if (config.limbs[i].marker == id) return &config.limbs[i];
  return 0;
}

uint16_t motion_take(const uint8_t *ids, uint8_t count, uint32_t now,
                     uint16_t (*pose)(uint8_t channel)) {
  const struct limb *limb = 0;
  uint8_t servo = 0, k = 0;
  uint16_t moved = 0;
  for (; count--; ids += 2) {
    uint16_t id = wire_u14(ids);
    const struct limb *opened = limb_of(id);
    if (opened) {
      limb = opened;
      servo = k = 0;
      for (uint8_t i = 0; i < limb->count; i++) {
        uint8_t channel = config.order[limb->first + i];
        memset(amplitudes[channel], 0, sizeof amplitudes[channel]);
        base[channel] = pose(channel);
        started[channel] = now;
        moved |= 1u << channel;
      }
      continue;
    }
    if (id < config.first_id || id - config.first_id >= config.levels) limb = 0;
    if (!limb || k >= config.coefficients) continue;
    uint8_t channel = config.order[limb->first + servo];
    amplitudes[channel][k] = amplitude(&config.servos[channel], k, id - config.first_id);
    if (++servo == limb->count) servo = 0, k++;
  }
  motion_playing |= moved;
  return moved;
}

/* All channels of a chunk ask for the same curves: they are computed once a frame. */
static const int16_t *curves_at(uint16_t phase) {
  static int16_t curves[MOST_COEFFICIENTS];
  static uint16_t phase_of;
  static uint8_t known;
  if (phase != phase_of) known = 0;
  phase_of = phase;
  while (known < config.coefficients) curves[known] = curve(known, phase), known++;
  return curves;
}

uint16_t motion_at(uint8_t channel, uint32_t at) {
  uint32_t length = config.chunk_ms * TICKS_PER_MS;
  int32_t elapsed = at - started[channel];
  int32_t eighths = (int32_t)base[channel] << 3;
  if (elapsed >= (int32_t)length) {
    motion_playing &= ~(1u << channel);
    eighths += amplitudes[channel][0];
  } else if (elapsed > 0) {
    /* Both are below 2^22: shifted so, the quotient keeps 16 bits and nothing overflows. */
    const int16_t *curves = curves_at(((uint32_t)elapsed << 10) / (length >> 6));
    for (uint8_t k = 0; k < config.coefficients; k++)
      eighths += ((int32_t)amplitudes[channel][k] * curves[k]) >> 14;
  }
  if (eighths < 0) return 1; /* far below every limit, yet no "limp" */
  return (eighths + 4) >> 3 ? (eighths + 4) >> 3 : 1;
}
