/* Made by `npm run wire` from src/wire/protocol.ts, which says what everything means. Don't edit. */
#ifndef EFFERENCE_PROTOCOL_H
#define EFFERENCE_PROTOCOL_H

#define PROTOCOL_VERSION               1
#define MOST_SERVOS                    12
#define MOST_COEFFICIENTS              6
#define MOST_LEVELS                    255
#define MOST_LIMBS                     6
#define MOST_SENSORS                   6
#define MOST_DATA_BYTES                126
#define ESTOP_BYTE                     0xfc
#define CLEAR_WORD                     0x155a
#define TICKS_PER_US                   2
#define PULSE_MIN_TICKS                800
#define PULSE_MAX_TICKS                5200
#define LEVEL_ONE                      16383
#define SCALE_ONE                      64
#define RATIO_ONE                      256

#define BAUD_0                         57600UL
#define BAUD_1                         115200UL
#define BAUD_2                         250000UL
#define BAUD_3                         500000UL
#define BAUDS                          4

enum board { BOARD_NATIVE, BOARD_UNO };
enum mode { MODE_LIMP, MODE_SOFT, MODE_ACTIVE, MODE_HOLD, MODE_ESTOP };
#define FAULT_BAD_CRC                  (1u << 0)
#define FAULT_BROKEN_FRAME             (1u << 1)
#define FAULT_UNKNOWN_FRAME            (1u << 2)
#define FAULT_MALFORMED                (1u << 3)
#define FAULT_NOT_LOCKED               (1u << 4)
#define FAULT_ALREADY_LOCKED           (1u << 5)
#define FAULT_WRONG_LOCK               (1u << 6)
#define FAULT_CLAMPED                  (1u << 7)
#define FAULT_ESTOP                    (1u << 8)
#define FAULT_STOPPED                  (1u << 9)
#define FAULT_LEASE_OVER               (1u << 10)
#define FAULT_UART                     (1u << 11)

/* asks who is there */
#define HOST_HELLO                     0x01
#define HOST_HELLO_AT_PROTOCOL         0 /* 7 bits */
#define HOST_HELLO_SIZE                1

/* asks for the board's time */
#define HOST_PING                      0x02
#define HOST_PING_AT_TOKEN             0 /* 14 bits */
#define HOST_PING_SIZE                 2

/* forgets what was downloaded, unless it is locked */
#define HOST_BEGIN                     0x03
#define HOST_BEGIN_SIZE                0

/* the limits of one output; pin 2 + channel on an Uno */
#define HOST_SERVO                     0x04
#define HOST_SERVO_AT_CHANNEL          0 /* 7 bits */
#define HOST_SERVO_AT_MIN_TICKS        1 /* 14 bits */
#define HOST_SERVO_AT_MAX_TICKS        3 /* 14 bits */
#define HOST_SERVO_AT_HOME_TICKS       5 /* 14 bits */
#define HOST_SERVO_AT_SLEW_TICKS       7 /* 14 bits */
#define HOST_SERVO_AT_RATIO            9 /* 14 bits */
#define HOST_SERVO_AT_MIRRORED         11 /* 7 bits */
#define HOST_SERVO_SIZE                12

/* leases, soft start, reports */
#define HOST_TIMING                    0x05
#define HOST_TIMING_AT_HOLD_MS         0 /* 14 bits */
#define HOST_TIMING_AT_LIMP_MS         2 /* 14 bits */
#define HOST_TIMING_AT_SOFT_SLEW_TICKS 4 /* 14 bits */
#define HOST_TIMING_AT_SOFT_MS         6 /* 14 bits */
#define HOST_TIMING_AT_STATUS_MS       8 /* 14 bits */
#define HOST_TIMING_AT_STOP_PIN        10 /* 7 bits */
#define HOST_TIMING_SIZE               11

/* how a chunk of motion ids is played: a cosine ramp, then sines */
#define HOST_CODEC                     0x06
#define HOST_CODEC_AT_CHUNK_MS         0 /* 14 bits */
#define HOST_CODEC_AT_FIRST_ID         2 /* 14 bits */
#define HOST_CODEC_AT_LEVELS           4 /* 14 bits */
#define HOST_CODEC_AT_SCALES           6 /* 14 bits */
#define HOST_CODEC_LEAST               6

/* amplitudes of the levels above the middle one, from an offset on */
#define HOST_LEVELS                    0x07
#define HOST_LEVELS_AT_OFFSET          0 /* 7 bits */
#define HOST_LEVELS_AT_AMPLITUDES      1 /* 14 bits */
#define HOST_LEVELS_LEAST              1

/* the id that opens a motion of these outputs */
#define HOST_LIMB                      0x08
#define HOST_LIMB_AT_MARKER            0 /* 14 bits */
#define HOST_LIMB_AT_CHANNELS          2 /* 7 bits */
#define HOST_LIMB_LEAST                2

/* streams an analog input; 0 ends it */
#define HOST_SENSOR                    0x09
#define HOST_SENSOR_AT_INPUT           0 /* 7 bits */
#define HOST_SENSOR_AT_PERIOD_MS       1 /* 14 bits */
#define HOST_SENSOR_SIZE               3

/* keeps what was downloaded until the board is reset, if it is what the crc says */
#define HOST_LOCK                      0x0a
#define HOST_LOCK_AT_CRC               0 /* 21 bits */
#define HOST_LOCK_SIZE                 3

/* pulses at once, one for each bit of the mask; 0 is limp */
#define HOST_TARGETS                   0x0b
#define HOST_TARGETS_AT_MASK           0 /* 14 bits */
#define HOST_TARGETS_AT_TICKS          2 /* 14 bits */
#define HOST_TARGETS_LEAST             2

/* the ids that a policy said: markers of limbs with their motions */
#define HOST_CHUNK                     0x0c
#define HOST_CHUNK_AT_IDS              0 /* 14 bits */
#define HOST_CHUNK_LEAST               0

/* ends an emergency stop; the board stays limp */
#define HOST_CLEAR                     0x0d
#define HOST_CLEAR_AT_WORD             0 /* 14 bits */
#define HOST_CLEAR_SIZE                2

/* asks for a status */
#define HOST_STATUS                    0x0e
#define HOST_STATUS_SIZE               0

/* another speed, an index of BAUDS */
#define HOST_BAUD                      0x0f
#define HOST_BAUD_AT_INDEX             0 /* 7 bits */
#define HOST_BAUD_SIZE                 1

/* who is here */
#define BOARD_HELLO                    0x01
#define BOARD_HELLO_AT_PROTOCOL        0 /* 7 bits */
#define BOARD_HELLO_AT_MAJOR           1 /* 7 bits */
#define BOARD_HELLO_AT_MINOR           2 /* 7 bits */
#define BOARD_HELLO_AT_PATCH           3 /* 7 bits */
#define BOARD_HELLO_AT_BOARD           4 /* 7 bits */
#define BOARD_HELLO_AT_SERVOS          5 /* 7 bits */
#define BOARD_HELLO_AT_RESET_CAUSE     6 /* 7 bits */
#define BOARD_HELLO_AT_LOCKED          7 /* 7 bits */
#define BOARD_HELLO_AT_CRC             8 /* 21 bits */
#define BOARD_HELLO_SIZE               11

/* the board's time, microseconds since its reset, modulo 2^31 (35 min) */
#define BOARD_PONG                     0x02
#define BOARD_PONG_AT_TOKEN            0 /* 14 bits */
#define BOARD_PONG_AT_RECEIVED_US      2 /* 35 bits */
#define BOARD_PONG_AT_SENT_US          7 /* 35 bits */
#define BOARD_PONG_SIZE                12

/* an analog input, at the stamp of its conversion */
#define BOARD_READING                  0x09
#define BOARD_READING_AT_INPUT         0 /* 7 bits */
#define BOARD_READING_AT_TAKEN_US      1 /* 35 bits */
#define BOARD_READING_AT_VALUE         6 /* 14 bits */
#define BOARD_READING_SIZE             8

/* what is on the pins */
#define BOARD_STATUS                   0x0e
#define BOARD_STATUS_AT_MODE           0 /* 7 bits */
#define BOARD_STATUS_AT_LOCKED         1 /* 7 bits */
#define BOARD_STATUS_AT_TAKEN          2 /* 7 bits */
#define BOARD_STATUS_AT_SHOWN          3 /* 7 bits */
#define BOARD_STATUS_AT_FRAME          4 /* 14 bits */
#define BOARD_STATUS_AT_STARTED_US     6 /* 35 bits */
#define BOARD_STATUS_AT_NEXT_US        11 /* 35 bits */
#define BOARD_STATUS_AT_FAULTS         16 /* 14 bits */
#define BOARD_STATUS_AT_BAD_CRC        18 /* 14 bits */
#define BOARD_STATUS_AT_BROKEN         20 /* 14 bits */
#define BOARD_STATUS_AT_REFUSED        22 /* 14 bits */
#define BOARD_STATUS_AT_CLAMPED        24 /* 14 bits */
#define BOARD_STATUS_AT_UART           26 /* 14 bits */
#define BOARD_STATUS_AT_PULSES         28 /* 14 bits */
#define BOARD_STATUS_SIZE              52

#endif
