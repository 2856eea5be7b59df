#include "firmata.h"

#include <string.h>

#include "config.h"
#include "hal.h"
#include "link.h"
#include "outputs.h"
#include "reply.h"
#include "sensors.h"
#include "version.h"

enum {
  DIGITAL_MESSAGE = 0x90,
  REPORT_ANALOG = 0xc0,
  REPORT_DIGITAL = 0xd0,
  ANALOG_MESSAGE = 0xe0,
  SET_PIN_MODE = 0xf4,
  SET_PIN = 0xf5,
  REPORT_VERSION = 0xf9,
  SYSTEM_RESET = 0xff,
  SYSEX_START = 0xf0,
  SYSEX_END = 0xf7,
  ANALOG_MAPPING_QUERY = 0x69,
  ANALOG_MAPPING = 0x6a,
  CAPABILITY_QUERY = 0x6b,
  CAPABILITY = 0x6c,
  PIN_STATE_QUERY = 0x6d,
  PIN_STATE = 0x6e,
  EXTENDED_ANALOG = 0x6f,
  SERVO_CONFIG = 0x70,
  REPORT_FIRMWARE = 0x79,
  SAMPLING_INTERVAL = 0x7a
};

#define MAJOR 2
#define MINOR 5
#define DEGREES 180
#define FIRST_PULSE_US 544 /* Firmata: a smaller value is an angle */
#define LAST_PULSE_US 2400
#define PORTS ((PINS + 7) / 8)

static uint8_t modes[PINS];
static uint16_t values[MOST_SERVOS]; /* us, as last written */
static uint16_t min_us[MOST_SERVOS], max_us[MOST_SERVOS];
static uint8_t reports; /* a bit a port */
static uint8_t told[PORTS];
static uint8_t capability_pin = PINS; /* the next to be told of */

static bool is_servo(uint8_t pin) {
  return pin >= FIRST_SERVO_PIN && pin < FIRST_SERVO_PIN + MOST_SERVOS;
}

static bool is_free(uint8_t pin) { return pin >= FIRST_SERVO_PIN && pin < PINS; }

/* Plain Firmata has no checksum: noise can look like it. Once limits are locked it reads every pin, and
 * drives none but the servos that the lock knows, within their limits. */
static bool is_kept(uint8_t pin) {
  return is_servo(pin) && config.servos[pin - FIRST_SERVO_PIN].home_ticks != 0;
}

static bool may_become(uint8_t pin, uint8_t mode) {
  if (!is_free(pin)) return false;
  if (!config.locked) return true;
  if (config.stop_pin && pin == FIRST_ANALOG_PIN + config.stop_pin - 1) return false; /* or its pull-up goes */
  return is_kept(pin) ? mode == PIN_SERVO : mode != PIN_SERVO && mode != PIN_OUTPUT;
}

static void tell_version(void) {
  if (!reply_room(3)) return;
  reply_byte(REPORT_VERSION);
  reply_byte(MAJOR);
  reply_byte(MINOR);
}

static void tell_firmware(void) {
  static const char name[] = FIRMWARE_NAME;
  if (!reply_room(5 + 2 * sizeof name)) return;
  reply_byte(SYSEX_START);
  reply_byte(REPORT_FIRMWARE);
  reply_byte(VERSION_MAJOR);
  reply_byte(VERSION_MINOR);
  for (const char *c = name; *c; c++) reply_u14(*c);
  reply_byte(SYSEX_END);
}

void firmata_announce(void) {
  tell_version();
  tell_firmware();
}

static void set_mode(uint8_t pin, uint8_t mode) {
  if (!may_become(pin, mode)) return;
  if (is_servo(pin)) {
    uint8_t channel = pin - FIRST_SERVO_PIN;
    if (mode != PIN_SERVO && modes[pin] == PIN_SERVO) outputs_release(channel);
    if (max_us[channel] == 0) {
      min_us[channel] = FIRST_PULSE_US;
      max_us[channel] = LAST_PULSE_US;
    }
  }
  modes[pin] = mode;
  if (!config.locked || !is_kept(pin)) hal_pin_mode(pin, mode);
}

void firmata_reset(void) {
  memset(modes, 0, sizeof modes);
  memset(max_us, 0, sizeof max_us);
  reports = 0;
  capability_pin = PINS;
  reply_claim(false);
  sensors_reset();
  outputs_limp();
  /* A servo's pin is low, and not written to before somebody has said what it is: at the wrong speed a
   * host's frames look like writes, and a write that ends soon is a pulse. */
  for (uint8_t pin = FIRST_SERVO_PIN; pin < PINS; pin++) {
    set_mode(pin, is_servo(pin) ? PIN_OUTPUT : PIN_ANALOG);
    if (is_servo(pin)) modes[pin] = PIN_INPUT;
  }
}

static void write_servo(uint8_t pin, uint16_t value) {
  uint8_t channel = pin - FIRST_SERVO_PIN;
  uint16_t low = min_us[channel], high = max_us[channel];
  if (value < FIRST_PULSE_US) {
    if (value > DEGREES) value = DEGREES;
    value = low + (uint32_t)value * (high - low) / DEGREES;
  }
  if (value < low) value = low;
  if (value > high) value = high;
  values[channel] = value;
  outputs_direct(channel, value * TICKS_PER_US);
}

static void write_analog(uint8_t pin, uint16_t value) {
  if (is_servo(pin) && modes[pin] == PIN_SERVO && (!config.locked || is_kept(pin)))
    write_servo(pin, value);
}

static void write_digital(uint8_t pin, bool high) {
  if (config.locked || !is_free(pin)) return;
  if (modes[pin] == PIN_OUTPUT || modes[pin] == PIN_PULLUP) hal_pin_write(pin, high);
}

static void configure_servo(const uint8_t *data) {
  uint16_t low = wire_u14(data + 1), high = wire_u14(data + 3);
  if (!is_servo(data[0]) || low >= high) return;
  min_us[data[0] - FIRST_SERVO_PIN] = low;
  max_us[data[0] - FIRST_SERVO_PIN] = high;
  set_mode(data[0], PIN_SERVO);
}

static void tell_analog_mapping(void) {
  if (!reply_room(PINS + 3)) return;
  reply_byte(SYSEX_START);
  reply_byte(ANALOG_MAPPING);
  for (uint8_t pin = 0; pin < PINS; pin++)
    reply_byte(pin < FIRST_ANALOG_PIN ? 127 : pin - FIRST_ANALOG_PIN);
  reply_byte(SYSEX_END);
}

static void tell_pin_state(uint8_t pin) {
  if (pin >= PINS || !reply_room(6)) return;
  reply_byte(SYSEX_START);
  reply_byte(PIN_STATE);
  reply_byte(pin);
  reply_byte(modes[pin]);
  reply_u14(modes[pin] == PIN_SERVO ? values[pin - FIRST_SERVO_PIN] : 0);
  reply_byte(SYSEX_END);
}

static void tell_capability(uint8_t pin) {
  static const uint8_t digital[] = {PIN_INPUT, 1, PIN_OUTPUT, 1, PIN_PULLUP, 1};
  if (is_free(pin)) {
    for (uint8_t i = 0; i < sizeof digital; i++) reply_byte(digital[i]);
    bool analog = pin >= FIRST_ANALOG_PIN;
    reply_byte(analog ? PIN_ANALOG : PIN_SERVO);
    reply_byte(analog ? 10 : 14); /* bits of resolution */
  }
  reply_byte(127);
}

void firmata_poll(void) {
  while (capability_pin < PINS && reply_room_for_claimer(12)) {
    tell_capability(capability_pin++);
    if (capability_pin < PINS) continue;
    reply_byte(SYSEX_END);
    reply_claim(false);
  }
}

void firmata_sysex(const uint8_t *data, uint8_t count) {
  uint8_t command = *data++;
  count--;
  switch (command) {
    case REPORT_FIRMWARE:
      return tell_firmware();
    case CAPABILITY_QUERY:
      if (!reply_room(2)) return;
      reply_byte(SYSEX_START);
      reply_byte(CAPABILITY);
      reply_claim(true);
      capability_pin = 0;
      return;
    case ANALOG_MAPPING_QUERY:
      return tell_analog_mapping();
    case PIN_STATE_QUERY:
      if (count >= 1) tell_pin_state(data[0]);
      return;
    case EXTENDED_ANALOG:
      if (count >= 3) write_analog(data[0], wire_u14(data + 1));
      return;
    case SERVO_CONFIG:
      if (count >= 5) configure_servo(data);
      return;
    case SAMPLING_INTERVAL:
      if (count >= 2) sensors_interval(wire_u14(data));
      return;
  }
}

void firmata_message(uint8_t status, const uint8_t *data) {
  uint8_t low = status & 0x0f;
  switch (status < 0xf0 ? status & 0xf0 : status) {
    case ANALOG_MESSAGE:
      return write_analog(low, wire_u14(data));
    case DIGITAL_MESSAGE:
      for (uint8_t bit = 0; bit < 8; bit++)
        write_digital(8 * low + bit, wire_u14(data) >> bit & 1);
      return;
    case REPORT_ANALOG:
      return sensors_report(low, data[0]);
    case REPORT_DIGITAL:
      if (low >= PORTS) return;
      if (data[0]) reports |= 1 << low;
      else reports &= ~(1 << low);
      told[low] = ~hal_port_read(low);
      return;
    case SET_PIN_MODE:
      return set_mode(data[0], data[1]);
    case SET_PIN:
      return write_digital(data[0], data[1]);
    case REPORT_VERSION:
      return tell_version();
    case SYSTEM_RESET:
      return firmata_reset();
  }
}

void firmata_frame(void) {
  for (uint8_t port = 0; port < PORTS; port++) {
    if (!(reports >> port & 1) || !reply_room(3)) continue;
    uint8_t pins = hal_port_read(port);
    if (pins == told[port]) continue;
    told[port] = pins;
    reply_byte(DIGITAL_MESSAGE | port);
    reply_u14(pins);
  }
}
