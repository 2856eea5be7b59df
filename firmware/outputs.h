/* The board's own safety, independent of the host: every pulse goes through here. Limits, slew, soft
 * start, leases (hold, then limp) and the emergency stop. */
#ifndef EFFERENCE_OUTPUTS_H
#define EFFERENCE_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

void outputs_reset(void);
enum mode outputs_mode(void);

/* Motion commands of the token protocol; they run on a lease. */
void outputs_targets(uint8_t seq, uint16_t mask, const uint8_t *ticks); /* u14 a bit of the mask, 0 is limp */
void outputs_chunk(uint8_t seq, const uint8_t *ids, uint8_t count);

/* Plain Firmata: on a board that nobody locked without a lease, since its clients send no keep-alive. */
void outputs_direct(uint8_t channel, uint16_t ticks);
void outputs_release(uint8_t channel);
void outputs_limp(void);

void outputs_stop(void); /* latched at the output stage */
void outputs_clear(void);

void outputs_poll(void);
/* Once a frame, after it has been latched: leases, then the widths of the next one. */
void outputs_frame(void);

#endif
