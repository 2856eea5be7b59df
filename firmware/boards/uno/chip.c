/* Everything of the chip but pulses and serial port: start, watchdog, sleep, pins, analog inputs. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "hal.h"

static uint8_t reset_cause __attribute__((section(".noinit")));

/* A watchdog reset leaves the watchdog running at its shortest time: off, before anything else. */
void note_reset(void) __attribute__((naked, used, section(".init3")));
void note_reset(void) {
  reset_cause = MCUSR;
  MCUSR = 0;
  wdt_disable();
}

uint8_t hal_reset_cause(void) { return reset_cause & 0x0f; }

void hal_open(void) {
  DDRD = 0xfe; /* all but the receiving pin */
  DDRB = 0x3f;
  PORTD = PORTB = 0;
  NEXT_D = NEXT_B = CUT_FLAGS = 0;
  serial_open();
  pulses_open();
  set_sleep_mode(SLEEP_MODE_IDLE);
  wdt_enable(WDTO_120MS);
  sei();
}

void hal_feed_watchdog(void) { wdt_reset(); }

void hal_idle(bool busy) {
  if (busy) return;
  cli();
  if (serial_is_empty() && !pulses_has_frame()) {
    sleep_enable();
    sei(); /* takes effect after the next instruction: nothing is missed in between */
    sleep_cpu();
    sleep_disable();
  } else {
    sei();
  }
}

/* Pins 0-7 are port D, 8-13 port B, 14-19 port C. */
static volatile uint8_t *port_of(uint8_t pin, uint8_t *bit) {
  if (pin < 8) return *bit = 1 << pin, &PORTD;
  if (pin < FIRST_ANALOG_PIN) return *bit = 1 << (pin - 8), &PORTB;
  return *bit = 1 << (pin - FIRST_ANALOG_PIN), &PORTC;
}

static void put(volatile uint8_t *at, uint8_t bit, bool high) {
  if (high) *at |= bit;
  else *at &= ~bit;
}

/* What every later edge is made of, and what the port becomes at the next one; up at once, but down with
 * that next edge, 2 ms later at most: a pulse in flight on the pin must not be shortened. */
void hal_pin_write(uint8_t pin, bool high) {
  uint8_t bit;
  volatile uint8_t *port = port_of(pin, &bit);
  cli();
  if (pin < 8) {
    put(&shadow_d, bit, high);
    put(&NEXT_D, bit, high);
  } else if (pin < FIRST_ANALOG_PIN) {
    put(&shadow_b, bit, high);
    put(&NEXT_B, bit, high);
  }
  if (high || pin >= FIRST_ANALOG_PIN) put(port, bit, high);
  sei();
}

void hal_pin_mode(uint8_t pin, uint8_t mode) {
  uint8_t bit;
  volatile uint8_t *port = port_of(pin, &bit), *direction = port - 1;
  bool drives = mode == PIN_OUTPUT || mode == PIN_SERVO;
  cli();
  if (drives) *direction |= bit;
  else *direction &= ~bit;
  sei();
  hal_pin_write(pin, mode == PIN_PULLUP);
}

uint8_t hal_port_read(uint8_t port) {
  if (port == 0) return PIND & 0xfc;
  if (port == 1) return (PINB & 0x3f) | (uint8_t)(PINC << 6);
  return (PINC & 0x3f) >> 2;
}

void hal_adc_start(uint8_t input) {
  ADMUX = _BV(REFS0) | input; /* against the supply */
  ADCSRA = _BV(ADEN) | _BV(ADSC) | 7; /* 125 kHz: 104 us */
}

bool hal_adc_done(uint16_t *value) {
  if (ADCSRA & _BV(ADSC)) return false;
  *value = ADC;
  return true;
}
