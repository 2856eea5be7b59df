/* Plays chunks of motion ids by itself: the last step of the interpreter, on the board. */
#ifndef EFFERENCE_MOTION_H
#define EFFERENCE_MOTION_H

#include <stdint.h>

/* Reads ANY ids, two 7-bit bytes each: the marker of a limb opens its motion from where it is, ids of
 * the motion range follow curve by curve, whatever else closes it. Returns the channels that it moves. */
uint16_t motion_take(const uint8_t *ids, uint8_t count, uint32_t now,
                     uint16_t (*pose)(uint8_t channel));
extern uint16_t motion_playing; /* a bit a channel; cleared by whoever ends it */
/* Where a channel should be, in ticks before limits; the last time it is asked at or after the end,
 * it stops playing and stays there. */
uint16_t motion_at(uint8_t channel, uint32_t at);

#endif
