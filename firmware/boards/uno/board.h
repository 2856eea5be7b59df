/* Arduino Uno and Nano: ATmega328P at 16 MHz, servos on D2 to D13, analog inputs on A0 to A5. */
#ifndef EFFERENCE_BOARD_H
#define EFFERENCE_BOARD_H

#include <avr/pgmspace.h>
#include <stdbool.h>
#include <stdint.h>
#include <util/crc16.h>

#define FLASH PROGMEM
#define flash_u16(at) pgm_read_word(at)
#define crc16_step(crc, byte) _crc_ccitt_update(crc, byte)

#define HAL_BOARD BOARD_UNO
#define PINS 20
#define FIRST_SERVO_PIN 2
#define FIRST_ANALOG_PIN 14

/* Registers that belong to the interrupts alone (-ffixed-rN in the Makefile): a received byte then
 * costs 29 cycles instead of 50, and that time is what makes an edge late. */
#define R_SREG "r2"  /* saved SREG of an interrupt that lets no other in */
#define R_BYTE "r3"  /* its scratch */
#define R_Z "r4"     /* its saved r31:r30, in r5:r4 */
#define R_STOP "r6"  /* ESTOP_BYTE */
#define R_HEAD "r7"  /* of the receive ring */
#define R_FAULT "r8" /* UCSR0A of every byte received, or-ed */

/* I/O registers without a function of their own, reachable by single-cycle instructions. */
#define CUT_FLAGS GPIOR0 /* bit 0: the emergency stop has cut the pulses */
#define NEXT_D GPIOR1    /* PORTD and PORTB after the next edge */
#define NEXT_B GPIOR2

/* Digital outputs of plain Firmata, which share the ports with the servos. */
extern volatile uint8_t shadow_d, shadow_b;

void pulses_open(void);
void serial_open(void);
bool serial_is_empty(void);
bool pulses_has_frame(void);

#endif
