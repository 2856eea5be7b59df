/* The loop. Bytes are taken in bounded helpings, so that a flood of them never keeps the frame task
 * from its turn; only the frame task feeds the watchdog. Everything else waits for an interrupt. */
#include "commands.h"
#include "config.h"
#include "faults.h"
#include "firmata.h"
#include "hal.h"
#include "link.h"
#include "main.h"
#include "outputs.h"
#include "reply.h"
#include "sensors.h"

#define HELPING 24 /* bytes */

struct faults faults;
static struct link link_in;
static bool was_stop; /* the byte before was an ESTOP_BYTE */

void firmware_open(void) {
  hal_open();
  link_reset(&link_in);
  was_stop = false;
  reply_reset();
  commands_reset();
  config_begin();
  outputs_reset();
  firmata_reset();
  firmata_announce();
}

/* The pins have stopped already, by the interrupt that saw the bytes; the rest follows here. */
static void heed_stop(void) {
  if (config.locked && config.stop_pin) {
    uint8_t pin = FIRST_ANALOG_PIN + config.stop_pin - 1;
    /* Normally closed to ground: an open switch or a torn wire reads high. */
    if (hal_port_read(pin / 8) >> (pin % 8) & 1) hal_cut();
  }
  if (!hal_is_cut()) return;
  faults.bits |= FAULT_ESTOP;
  if (outputs_mode() != MODE_ESTOP) outputs_stop();
}

void firmware_receive(uint8_t byte) {
  /* In its turn as well: a `clear` that was queued before the stop bytes has just undone what the
   * interrupt did when they came. */
  bool is_stop = byte == ESTOP_BYTE;
  if (is_stop && was_stop) hal_cut(), heed_stop();
  was_stop = is_stop;
  enum link_event event = link_take(&link_in, byte);
  if (link_in.broken) count_fault(&faults.broken, FAULT_BROKEN_FRAME);
  switch (event) {
    case LINK_NOTHING:
      return;
    case LINK_FRAME:
      return commands_take(link_in.buffer[0], link_in.buffer[1], link_in.buffer + 2,
                           link_in.length - 2);
    case LINK_SYSEX:
      return firmata_sysex(link_in.buffer, link_in.length);
    case LINK_MESSAGE:
      return firmata_message(link_in.status, link_in.buffer);
    case LINK_BAD_CRC:
      return count_fault(&faults.bad_crc, FAULT_BAD_CRC);
    case LINK_BROKEN:
      return count_fault(&faults.broken, FAULT_BROKEN_FRAME);
  }
}

void firmware_turn(void) {
  uint8_t byte;
  heed_stop();
  for (uint8_t n = HELPING; n && hal_read(&byte); n--)
    if (!link_takes_data(&link_in, byte)) firmware_receive(byte);
  outputs_poll();
  if (hal_take_uart_fault()) {
    count_fault(&faults.uart, FAULT_UART);
    link_reset(&link_in); /* what was being said has a byte too few, or one that nobody said */
  }
  heed_stop();
  if (hal_take_frame()) {
    hal_feed_watchdog();
    outputs_frame();
    commands_frame();
    firmata_frame();
  }
  sensors_poll();
  commands_poll();
  firmata_poll();
  reply_pump();
}

#ifndef NO_MAIN
int main(void) {
  firmware_open();
  for (;;) {
    firmware_turn();
    hal_idle(reply_pending() || sensors_is_converting());
  }
}
#endif
