/* Plain Firmata 2.5, as much of it as johnny-five needs of a board: pins, servos, analog and digital
 * reports, queries. It shares link, outputs and limits with the token protocol. */
#ifndef EFFERENCE_FIRMATA_H
#define EFFERENCE_FIRMATA_H

#include <stdint.h>

void firmata_announce(void); /* at boot: protocol and firmware, as stock boards do */
void firmata_reset(void);
void firmata_message(uint8_t status, const uint8_t *data);
void firmata_sysex(const uint8_t *data, uint8_t count);
void firmata_poll(void);  /* long replies, in pieces */
void firmata_frame(void); /* digital inputs that changed */

#endif
