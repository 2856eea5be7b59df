/* Of the firmware; a test holds it against package.json. */
#define VERSION_MAJOR 0
#define VERSION_MINOR 1
#define VERSION_PATCH 0
#define FIRMWARE_NAME "efference"
