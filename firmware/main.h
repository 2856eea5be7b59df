/* The firmware without its endless loop, for tests that turn it by hand. */
#ifndef EFFERENCE_MAIN_H
#define EFFERENCE_MAIN_H

#include <stdint.h>

void firmware_open(void);
void firmware_receive(uint8_t byte);
void firmware_turn(void);

#endif
