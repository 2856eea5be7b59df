/* What a board gives to the firmware. A board is a folder in boards/ that defines these, and
 * board.h with FLASH, flash_u16(), crc16_step(), CHANNELS' pins and the numbers of its pins. */
#ifndef EFFERENCE_HAL_H
#define EFFERENCE_HAL_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"
#include "board.h"

/* Ticks of half a microsecond, modulo 2^32; differences are taken as signed numbers. */
#define TICKS_PER_MS (1000UL * TICKS_PER_US)
uint32_t hal_now(void);

/* Pins low and no pulses, the serial port at BAUD_0, the watchdog running. */
void hal_open(void);
uint8_t hal_reset_cause(void);
void hal_feed_watchdog(void);
/* Waits for an interrupt, unless something is already there to be done. */
void hal_idle(bool busy);

/* Serial. The board itself looks for two ESTOP_BYTEs in a row and calls hal_cut's effect before
 * anything that was queued is read. */
bool hal_read(uint8_t *byte);
bool hal_can_write(void);
void hal_write(uint8_t byte);
bool hal_is_writing(void); /* a byte is still on its way out of the chip */
void hal_set_baud(uint8_t index);
bool hal_take_uart_fault(void);

/* Pulses. A frame is latched whole when it starts: a pulse in flight never changes its width. */
void hal_publish(const uint16_t ticks[MOST_SERVOS], uint8_t tag); /* for the next frame */
bool hal_take_frame(void);                           /* whether one has started since the last call */
uint16_t hal_frame_number(void);
uint32_t hal_frame_start(void);
uint32_t hal_next_start(void);
uint8_t hal_tag(void);                 /* of what was latched for the frame at hand */
uint16_t hal_latched(uint8_t channel); /* what the frame at hand really puts on the pin */
void hal_set_period(uint16_t ticks);
void hal_start_early(void); /* starts the next frame now, if the last one is old enough */

/* The output stage of the emergency stop: once cut, no pulse begins; one in flight ends in its time,
 * because a shortened pulse is a command to another angle. */
void hal_cut(void);
void hal_uncut(void);
bool hal_is_cut(void);

/* Pins by their number on the board. */
enum pin_mode {
  PIN_INPUT = 0x00,
  PIN_OUTPUT = 0x01,
  PIN_ANALOG = 0x02,
  PIN_SERVO = 0x04,
  PIN_PULLUP = 0x0b
};
void hal_pin_mode(uint8_t pin, uint8_t mode);
void hal_pin_write(uint8_t pin, bool high);
uint8_t hal_port_read(uint8_t port); /* eight pins from 8 * port on, in use by the serial port: 0 */

void hal_adc_start(uint8_t input);
bool hal_adc_done(uint16_t *value);

#endif
