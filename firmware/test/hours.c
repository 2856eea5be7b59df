/* The whole firmware through hours in a moment: at each "TICKS BYTE..." of the standard input (bytes in hex) these are
 * received, frames go by in between, and "TICKS on" or "TICKS off" says from when on any output had pulses or none.
 * At the end how many bytes it had said until each line, and afterwards. usage: hours < SCRIPT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hal.h"
#include "main.h"

#define PERIOD 40000 /* ticks of a frame */
#define TURNS 64     /* of the loop in a frame: enough for all that waits in the ring */

static int was_on;

static void frames_until(uint32_t end) {
  while (native_now + PERIOD <= end) {
    int is_on = 0;
    native_now += PERIOD;
    native_frame();
    for (int k = 0; k < TURNS; k++) firmware_turn();
    for (int i = 0; i < MOST_SERVOS; i++) is_on |= hal_latched(i) != 0;
    if (is_on != was_on) printf("%u %s\n", native_now, is_on ? "on" : "off");
    was_on = is_on;
  }
}

int main(void) {
  static char line[4096];
  native_reset();
  firmware_open();
  while (fgets(line, sizeof line, stdin)) {
    char *at = line, *end;
    frames_until(strtoul(at, &at, 10));
    printf("%u bytes\n", native_written);
    for (long byte = strtol(at, &end, 16); end != at; byte = strtol(at = end, &end, 16))
      native_receive(byte);
  }
  printf("%u bytes\n", native_written);
  return 0;
}
