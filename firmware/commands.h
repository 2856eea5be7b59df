/* The frames of the token protocol, and what the board answers. */
#ifndef EFFERENCE_COMMANDS_H
#define EFFERENCE_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

void commands_reset(void);
void commands_take(uint8_t id, uint8_t seq, const uint8_t *data, uint8_t count);
/* Once a frame: reports that are due. */
void commands_frame(void);
/* Between frames: a changed speed once all has been said. */
void commands_poll(void);

#endif
