/* Twelve servo pulses from Timer1, which runs freely at 2 MHz.
 *
 * Problem. An edge made by an interrupt is late by whatever kept the interrupt waiting; a pulse is
 * wrong by the difference of two such delays. With twelve pulses and a full serial line something is
 * always running.
 * Idea. Two groups of six, each one pulse after the other, so that the end of a pulse is the start of
 * the next and each group needs one compare register. What the port shall be after an edge is
 * computed beforehand and lies in an I/O register: the interrupt's first two instructions put it on the
 * pins, and only then does a body that lets other interrupts in work out the next edge.
 * Limits. An edge waits for the byte being received (29 cycles) or the other group's stub (20), 3 us at
 * the worst; the test of the pulses measures it. Six pulses of 2.6 ms fit into 18 ms.
 */
#include <avr/interrupt.h>
#include <avr/io.h>

#include "hal.h"

#define GROUP 6
#define IDLE (GROUP + 1)
#define LATCH_TICKS 60     /* before a frame starts its widths are taken over: 30 us for the copy */
#define NAP_TICKS 4000     /* while idle the processor wakes at least every 2 ms, for the main loop */
#define GAP_TICKS 100      /* the slot of a limp servo: long enough for both bodies, one within the other */
#define OFFSET_TICKS 300   /* of the second group: the edges of equal poses don't meet */
#define YOUNGEST_TICKS 36000u /* 18 ms: no frame starts earlier after the last */
#define LONGEST_TICKS 50000u  /* 25 ms: longer than any frame */
#define SOON_TICKS 40      /* 20 us: a compare value that can't be missed */

volatile uint8_t shadow_d, shadow_b;

static uint16_t published[3][MOST_SERVOS];
static volatile uint8_t newest; /* of the three, which to latch */
static volatile uint8_t latched; /* by the first group; the second takes the same, 150 us later */
static uint8_t published_tag[3];
static volatile uint8_t latched_tag;
static volatile uint16_t period = 40000u;
static volatile uint16_t last_start, next_start; /* of the first group, in Timer1's ticks */
static volatile uint16_t next_start_b;           /* the second one's own: it may be a frame behind */
static volatile uint16_t frame_number;
static volatile uint8_t has_frame;

static volatile struct group {
  uint8_t slot;           /* the pulse at hand; GROUP: the last has ended, IDLE: waiting */
  uint16_t edge;          /* when the next edge is */
  uint16_t widths[GROUP]; /* of the frame at hand */
} group_d = {.slot = IDLE}, group_b = {.slot = IDLE};

/* The edge itself, then the body with interrupts allowed. */
#define EDGE(NEXT, PORT, BODY)                                                  \
  asm volatile("in " R_BYTE ", %0\n\tout %1, " R_BYTE "\n\tjmp " BODY "\n\t" :: \
                   "I"(_SFR_IO_ADDR(NEXT)), "I"(_SFR_IO_ADDR(PORT)))

/* What both groups do at an edge; the compiler makes a copy for each. */
static inline __attribute__((always_inline)) void step(volatile struct group *group, bool is_d,
                                                       uint16_t start) {
  volatile uint16_t *widths = group->widths;
  uint8_t slot = group->slot, first_bit = is_d ? _BV(2) : _BV(0), then = 0;
  uint16_t edge = group->edge;
  if (slot == IDLE) {
    uint16_t left = start - edge;
    if (left > NAP_TICKS + 3 * LATCH_TICKS) { /* what is left over is no edge that the body would come too late for */
      edge += NAP_TICKS;
    } else if (left > LATCH_TICKS) {
      edge = start - LATCH_TICKS;
    } else { /* latch */
      if (is_d) latched = newest;
      const uint16_t *source = published[latched] + (is_d ? 0 : GROUP);
      bool cut = CUT_FLAGS & 1;
      for (uint8_t i = 0; i < GROUP; i++) widths[i] = cut ? 0 : source[i];
      if (is_d) latched_tag = published_tag[latched];
      if (widths[0]) then = first_bit;
      edge = start;
      slot = 0;
    }
  } else if (slot < GROUP) { /* this slot has begun */
    uint8_t bit = first_bit << slot;
    if (widths[slot] && !((is_d ? PORTD : PORTB) & bit)) widths[slot] = 0; /* cut just before */
    edge += widths[slot] ? widths[slot] : GAP_TICKS;
    slot++;
    if (slot < GROUP && widths[slot]) then = bit << 1;
  } else {
    slot = IDLE; /* the last pulse has ended */
    edge += GAP_TICKS;
  }
  group->slot = slot;
  group->edge = edge;
  cli();
  if (CUT_FLAGS & 1) then = 0;
  if (is_d) {
    NEXT_D = then | shadow_d;
    OCR1A = edge;
  } else {
    NEXT_B = then | shadow_b;
    OCR1B = edge;
  }
  sei();
}

void body_d(void) __attribute__((interrupt, used));
void body_d(void) {
  if (group_d.slot == 0) {
    uint16_t start = group_d.edge;
    last_start = start;
    next_start = start + period;
    frame_number++;
  }
  step(&group_d, true, next_start);
}

void body_b(void) __attribute__((interrupt, used));
void body_b(void) {
  if (group_b.slot == 0) {
    next_start_b = next_start + OFFSET_TICKS;
    has_frame = 1; /* of both groups: whoever plans the next one looks at what all pins have now */
  }
  step(&group_b, false, next_start_b);
}

ISR(TIMER1_COMPA_vect, ISR_NAKED) { EDGE(NEXT_D, PORTD, "body_d"); }
ISR(TIMER1_COMPB_vect, ISR_NAKED) { EDGE(NEXT_B, PORTB, "body_b"); }

void pulses_open(void) {
  TCCR1A = 0;
  TCCR1B = _BV(CS11); /* clk / 8 */
  next_start = TCNT1 + 4000;
  next_start_b = next_start + OFFSET_TICKS;
  last_start = next_start - period;
  group_d.edge = OCR1A = next_start - 2000;
  group_b.edge = OCR1B = next_start - 2000 + OFFSET_TICKS;
  TIMSK1 = _BV(OCIE1A) | _BV(OCIE1B);
}

static uint16_t atomically(const volatile uint16_t *at) {
  uint8_t sreg = SREG;
  cli();
  uint16_t value = *at;
  SREG = sreg;
  return value;
}

/* Ticks are counted by the main loop, which comes here at least every 2 ms. */
uint32_t hal_now(void) {
  static uint16_t high;
  uint8_t sreg = SREG;
  cli();
  uint16_t low = TCNT1;
  bool over = TIFR1 & _BV(TOV1);
  if (over) low = TCNT1; /* it may have run over between the two */
  SREG = sreg;
  if (over) {
    TIFR1 = _BV(TOV1);
    high++;
  }
  return (uint32_t)high << 16 | low;
}

void hal_publish(const uint16_t ticks[MOST_SERVOS], uint8_t tag) {
  uint8_t other = 0; /* a group that latches meanwhile latches the newest */
  while (other == newest || other == latched) other++;
  published_tag[other] = tag;
  for (uint8_t i = 0; i < MOST_SERVOS; i++) published[other][i] = ticks[i];
  asm volatile("" ::: "memory");
  newest = other;
}

bool hal_take_frame(void) {
  if (!has_frame) return false;
  has_frame = 0;
  return true;
}

bool pulses_has_frame(void) { return has_frame; }

uint8_t hal_tag(void) { return latched_tag; }

uint16_t hal_frame_number(void) { return atomically(&frame_number); }

/* A frame is younger than 32 ms, so Timer1 knows its age. */
uint32_t hal_frame_start(void) {
  uint32_t now = hal_now();
  return now - (uint16_t)((uint16_t)now - atomically(&last_start));
}

uint32_t hal_next_start(void) {
  uint32_t now = hal_now();
  uint16_t left = atomically(&next_start) - (uint16_t)now;
  return left > LONGEST_TICKS ? now : now + left; /* more than there can be: it is starting */
}

uint16_t hal_latched(uint8_t channel) {
  return atomically(channel < GROUP ? &group_d.widths[channel] : &group_b.widths[channel - GROUP]);
}

/* From the frame after the next on. */
void hal_set_period(uint16_t ticks) {
  cli();
  period = ticks;
  sei();
}

void hal_start_early(void) {
  cli();
  uint16_t now = TCNT1;
  bool rests = group_d.slot == IDLE && group_b.slot == IDLE;
  uint16_t age = now - last_start, left = next_start - now;
  if (rests && age >= YOUNGEST_TICKS && left < 0x8000 && left > 4 * LATCH_TICKS) {
    uint16_t edge = now + SOON_TICKS;
    next_start = edge + LATCH_TICKS;
    next_start_b = next_start + OFFSET_TICKS;
    group_d.edge = edge;
    group_b.edge = edge + OFFSET_TICKS;
    OCR1A = edge;
    OCR1B = edge + OFFSET_TICKS;
    TIFR1 = _BV(OCF1A) | _BV(OCF1B);
  }
  sei();
}

void hal_cut(void) {
  cli();
  CUT_FLAGS |= 1;
  NEXT_D = shadow_d;
  NEXT_B = shadow_b;
  sei();
}

void hal_uncut(void) { CUT_FLAGS &= ~1; }

bool hal_is_cut(void) { return CUT_FLAGS & 1; }
