/* Reads test/golden/wire.txt: each stream must make the events it says, in the words of the TypeScript
 * test, and the firmware's own frame writer must make the frames. usage: golden FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

static char told[8192];

static void tell(const char *what, const uint8_t *bytes, int count) {
  if (*told) strcat(told, ", ");
  strcat(told, what);
  for (int i = 0; i < count; i++) sprintf(told + strlen(told), " %02x", bytes[i]);
}

static void take(struct link *link, uint8_t byte) {
  uint8_t message[3];
  enum link_event event = link_take(link, byte);
  if (link->broken) tell("broken_frame", 0, 0);
  switch (event) {
    case LINK_NOTHING:
      return;
    case LINK_FRAME:
      return tell("frame", link->buffer, link->length);
    case LINK_SYSEX:
      return tell("sysex", link->buffer, link->length);
    case LINK_MESSAGE:
      message[0] = link->status;
      memcpy(message + 1, link->buffer, link->length);
      return tell("message", message, 1 + link->length);
    case LINK_BAD_CRC:
      return tell("bad_crc", 0, 0);
    case LINK_BROKEN:
      return tell("broken_frame", 0, 0);
  }
}

int main(int count, char **arguments) {
  static char line[8192];
  int lines = 0, wrong = 0;
  FILE *file = count == 2 ? fopen(arguments[1], "r") : 0;
  if (!file) return fprintf(stderr, "usage: golden FILE\n"), 2;
  while (fgets(line, sizeof line, file)) {
    char *events = strstr(line, " > ");
    if (line[0] == '#' || !events) continue;
    *events = 0;
    events += 3;
    events[strcspn(events, "\n")] = 0;
    struct link link;
    link_reset(&link);
    *told = 0;
    for (char *at = line, *end; *at; at = end) {
      long byte = strtol(at, &end, 16);
      if (end == at) break;
      take(&link, byte);
    }
    lines++;
    if (strcmp(told, events) == 0) continue;
    wrong++;
    printf("%s\n  expected %s\n  found    %s\n", line, events, told);
  }
  printf("%d streams, %d wrong\n", lines, wrong);
  return wrong != 0 || lines == 0;
}
