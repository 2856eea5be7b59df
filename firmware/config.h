/* What the host downloads before anything moves: limits, leases, and how motion ids are played. Once
 * locked it stays until the chip is reset; nothing that the host does later, wrong or right, widens a limit. */
#ifndef EFFERENCE_CONFIG_H
#define EFFERENCE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct servo {
  uint16_t min_ticks, max_ticks, home_ticks;
  uint16_t slew_ticks; /* a frame */
  uint16_t ratio;      /* ticks a degree, in 1 / RATIO_ONE; 0: plays no motion ids */
  uint8_t mirrored;
};

struct limb {
  uint16_t marker;
  uint8_t first, count; /* in config.order */
};

struct config {
  struct servo servos[MOST_SERVOS];
  uint32_t hold_ticks, limp_ticks, soft_ticks;
  uint16_t soft_slew_ticks;
  uint16_t status_ms;
  uint8_t stop_pin;
  uint16_t chunk_ms, first_id, levels;
  uint8_t coefficients;
  uint16_t scales[MOST_COEFFICIENTS];
  uint16_t amplitudes[(MOST_LEVELS - 1) / 2];
  struct limb limbs[MOST_LIMBS];
  uint8_t limb_count;
  uint8_t order[MOST_SERVOS]; /* channels, limb after limb */
  uint8_t ordered;
  uint16_t crc; /* over id and data of each frame taken */
  bool locked;
};

extern struct config config;

void config_begin(void);
/* Takes a download frame, id and data; false where its data can't be right. */
bool config_take(uint8_t id, const uint8_t *data, uint8_t count);

#endif
