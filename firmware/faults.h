/* What went wrong, counted; and which kinds of it since the last clear. */
#ifndef EFFERENCE_FAULTS_H
#define EFFERENCE_FAULTS_H

#include <stdint.h>

#include "protocol.h"

struct faults {
  uint16_t bits; /* FAULT_... */
  uint16_t bad_crc, broken, refused, clamped, uart;
};

extern struct faults faults;

static inline void count_fault(uint16_t *counter, uint16_t bit) {
  (*counter)++; /* told modulo 2^14 */
  faults.bits |= bit;
}

#endif
