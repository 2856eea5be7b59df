#include "curves.h"

#include "hal.h"

/* sin of a quarter turn in 128 steps, in 1 / 16384; linear between them it is right to 0.00008. */
static const uint16_t QUARTER[129] FLASH = {
  0, 201, 402, 603, 804, 1005, 1205, 1406, 1606, 1806, 2006, 2205,
  2404, 2603, 2801, 2999, 3196, 3393, 3590, 3786, 3981, 4176, 4370, 4563,
  4756, 4948, 5139, 5330, 5520, 5708, 5897, 6084, 6270, 6455, 6639, 6823,
  7005, 7186, 7366, 7545, 7723, 7900, 8076, 8250, 8423, 8595, 8765, 8935,
  9102, 9269, 9434, 9598, 9760, 9921, 10080, 10238, 10394, 10549, 10702, 10853,
  11003, 11151, 11297, 11442, 11585, 11727, 11866, 12004, 12140, 12274, 12406, 12537,
  12665, 12792, 12916, 13039, 13160, 13279, 13395, 13510, 13623, 13733, 13842, 13949,
  14053, 14155, 14256, 14354, 14449, 14543, 14635, 14724, 14811, 14896, 14978, 15059,
  15137, 15213, 15286, 15357, 15426, 15493, 15557, 15619, 15679, 15736, 15791, 15843,
  15893, 15941, 15986, 16029, 16069, 16107, 16143, 16176, 16207, 16235, 16261, 16284,
  16305, 16324, 16340, 16353, 16364, 16373, 16379, 16383, 16384,
};

/* at: 0 to 32768 for a quarter turn */
static uint16_t rising(uint16_t at) {
  uint8_t step = at >> 8;
  uint16_t low = flash_u16(&QUARTER[step]);
  if (step == 128) return low;
  uint16_t rise = flash_u16(&QUARTER[step + 1]) - low; /* at most 202: no overflow */
  return low + (uint16_t)((rise * (at & 0xff) + 128) >> 8);
}

int16_t curve(uint8_t k, uint16_t phase) {
  if (k == 0) { /* (1 - cos(pi t)) / 2 is the square of sin(pi t / 2) */
    uint32_t sine = rising(phase >> 1);
    return (sine * sine + (CURVE_ONE >> 1)) >> 14;
  }
  uint32_t angle = (uint32_t)phase * k; /* 65536 is half a turn */
  uint16_t at = angle;
  if (at > 0x8000) at = -at;
  int16_t sine = rising(at);
  return angle & 0x10000 ? -sine : sine;
}
