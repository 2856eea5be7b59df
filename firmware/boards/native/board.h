/* No board at all: the firmware on the machine that builds it, for tests and the fuzzer. */
#ifndef EFFERENCE_BOARD_H
#define EFFERENCE_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#define FLASH
#define flash_u16(at) (*(at))

/* What avr-libc's _crc_ccitt_update computes, bit by bit. */
static inline uint16_t crc16_step(uint16_t crc, uint8_t byte) {
  crc ^= byte;
  for (uint8_t bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1;
  return crc;
}

#define HAL_BOARD BOARD_NATIVE
#define PINS 20
#define FIRST_SERVO_PIN 2
#define FIRST_ANALOG_PIN 14

/* The hands of a test. */
extern uint32_t native_now;
extern uint32_t native_written; /* bytes that the firmware said */
void native_reset(void);
void native_receive(uint8_t byte); /* as the serial interrupt would */
void native_frame(void);           /* latches what was published and starts a frame */

#endif
