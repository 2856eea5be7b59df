/* Analog inputs: each streamed at its own rate with the stamp of its conversion, for the token
 * protocol, and reported to plain Firmata at its sampling interval. */
#ifndef EFFERENCE_SENSORS_H
#define EFFERENCE_SENSORS_H

#include <stdbool.h>
#include <stdint.h>

void sensors_reset(void);
bool sensors_stream(uint8_t input, uint16_t period_ms); /* 0 ends it; false for no such input */
void sensors_report(uint8_t input, bool wanted);        /* plain Firmata */
void sensors_interval(uint16_t ms);
void sensors_poll(void);
bool sensors_is_converting(void);

#endif
