#include "config.h"

#include <string.h>

#include "hal.h"
#include "link.h"

struct config config;

/* Before a download a pulse may be anything that a servo takes, and moves as fast as it is told to:
 * that is what a sketch on plain Firmata expects. */
void config_begin(void) {
  memset(&config, 0, sizeof config);
  for (uint8_t i = 0; i < MOST_SERVOS; i++) {
    config.servos[i].min_ticks = PULSE_MIN_TICKS;
    config.servos[i].max_ticks = PULSE_MAX_TICKS;
    config.servos[i].slew_ticks = PULSE_MAX_TICKS;
  }
  config.soft_slew_ticks = PULSE_MAX_TICKS;
  config.crc = 0xffff;
}

static bool take_servo(const uint8_t *data) {
  struct servo servo;
  uint8_t channel = data[HOST_SERVO_AT_CHANNEL];
  servo.min_ticks = wire_u14(data + HOST_SERVO_AT_MIN_TICKS);
  servo.max_ticks = wire_u14(data + HOST_SERVO_AT_MAX_TICKS);
  servo.home_ticks = wire_u14(data + HOST_SERVO_AT_HOME_TICKS);
  servo.slew_ticks = wire_u14(data + HOST_SERVO_AT_SLEW_TICKS);
  servo.ratio = wire_u14(data + HOST_SERVO_AT_RATIO);
  servo.mirrored = data[HOST_SERVO_AT_MIRRORED];
  if (channel >= MOST_SERVOS || servo.min_ticks < PULSE_MIN_TICKS ||
      servo.max_ticks > PULSE_MAX_TICKS || servo.min_ticks > servo.home_ticks ||
      servo.home_ticks > servo.max_ticks || servo.slew_ticks == 0)
    return false;
  config.servos[channel] = servo;
  return true;
}

static bool take_timing(const uint8_t *data) {
  uint16_t soft_slew = wire_u14(data + HOST_TIMING_AT_SOFT_SLEW_TICKS);
  uint8_t stop_pin = data[HOST_TIMING_AT_STOP_PIN];
  if (soft_slew == 0 || stop_pin > MOST_SENSORS) return false;
  config.hold_ticks = wire_u14(data + HOST_TIMING_AT_HOLD_MS) * TICKS_PER_MS;
  config.limp_ticks = wire_u14(data + HOST_TIMING_AT_LIMP_MS) * TICKS_PER_MS;
  config.soft_ticks = wire_u14(data + HOST_TIMING_AT_SOFT_MS) * TICKS_PER_MS;
  config.soft_slew_ticks = soft_slew;
  config.status_ms = wire_u14(data + HOST_TIMING_AT_STATUS_MS);
  config.stop_pin = stop_pin;
  return true;
}

static bool take_codec(const uint8_t *data, uint8_t count) {
  uint8_t scales = (count - HOST_CODEC_AT_SCALES) / 2;
  uint16_t levels = wire_u14(data + HOST_CODEC_AT_LEVELS);
  uint16_t chunk_ms = wire_u14(data + HOST_CODEC_AT_CHUNK_MS);
  if (count % 2 != 0 || scales > MOST_COEFFICIENTS || levels > MOST_LEVELS || levels % 2 == 0 ||
      chunk_ms < 20 || chunk_ms > 2000)
    return false;
  config.chunk_ms = chunk_ms;
  config.first_id = wire_u14(data + HOST_CODEC_AT_FIRST_ID);
  config.levels = levels;
  config.coefficients = scales;
  for (uint8_t k = 0; k < scales; k++)
    config.scales[k] = wire_u14(data + HOST_CODEC_AT_SCALES + 2 * k);
  return true;
}

static bool take_levels(const uint8_t *data, uint8_t count) {
  uint8_t offset = data[HOST_LEVELS_AT_OFFSET];
  uint8_t amplitudes = (count - HOST_LEVELS_AT_AMPLITUDES) / 2;
  if (count % 2 == 0 || offset + amplitudes > (MOST_LEVELS - 1) / 2) return false;
  for (uint8_t i = 0; i < amplitudes; i++)
    config.amplitudes[offset + i] = wire_u14(data + HOST_LEVELS_AT_AMPLITUDES + 2 * i);
  return true;
}

static bool take_limb(const uint8_t *data, uint8_t count) {
  uint8_t channels = count - HOST_LIMB_AT_CHANNELS;
  const uint8_t *channel = data + HOST_LIMB_AT_CHANNELS;
  if (config.limb_count == MOST_LIMBS || channels == 0 || config.ordered + channels > MOST_SERVOS)
    return false;
  for (uint8_t i = 0; i < channels; i++)
    if (channel[i] >= MOST_SERVOS) return false;
  struct limb *limb = &config.limbs[config.limb_count++];
  limb->marker = wire_u14(data + HOST_LIMB_AT_MARKER);
  limb->first = config.ordered;
  limb->count = channels;
  memcpy(config.order + config.ordered, channel, channels);
  config.ordered += channels;
  return true;
}

static bool take(uint8_t id, const uint8_t *data, uint8_t count) {
  switch (id) {
    case HOST_SERVO:
      return count == HOST_SERVO_SIZE && take_servo(data);
    case HOST_TIMING:
      return count == HOST_TIMING_SIZE && take_timing(data);
    case HOST_CODEC:
      return count >= HOST_CODEC_LEAST && take_codec(data, count);
    case HOST_LEVELS:
      return count >= HOST_LEVELS_LEAST && take_levels(data, count);
    case HOST_LIMB:
      return count >= HOST_LIMB_LEAST && take_limb(data, count);
  }
  return false;
}

bool config_take(uint8_t id, const uint8_t *data, uint8_t count) {
  if (!take(id, data, count)) return false;
  uint16_t crc = crc16_step(config.crc, id);
  while (count--) crc = crc16_step(crc, *data++);
  config.crc = crc;
  return true;
}
