/* The curves that the motions of a chunk are sums of: a cosine ramp, then sines (src/tokens/dct-chunk.ts). */
#ifndef EFFERENCE_CURVES_H
#define EFFERENCE_CURVES_H

#include <stdint.h>

#define CURVE_ONE 16384

/* Curve k at the phase of a chunk, 0 to 65535 for its beginning and end; in 1 / CURVE_ONE. */
int16_t curve(uint8_t k, uint16_t phase);

#endif
