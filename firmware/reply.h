/* What the board says: a ring of bytes that the main loop feeds to the serial port. It never waits; a
 * frame that does not fit is left out whole. */
#ifndef EFFERENCE_REPLY_H
#define EFFERENCE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

void reply_reset(void);
bool reply_room(uint8_t bytes); /* false as well while a long reply goes out in pieces */
bool reply_pending(void);
void reply_pump(void);
void reply_byte(uint8_t byte);
void reply_u14(uint16_t value); /* two bytes of seven bits */

/* A token frame: begin says whether there is room for so much data. */
bool frame_begin(uint8_t id, uint8_t data_bytes);
void frame_u7(uint8_t value);
void frame_u14(uint16_t value);
void frame_u21(uint32_t value);
void frame_u32(uint32_t value); /* 31 bits of it */
void frame_end(void);

/* A reply longer than the ring: it is claimed, said in pieces that fit, and let go. */
void reply_claim(bool claimed);
bool reply_room_for_claimer(uint8_t bytes);

#endif
