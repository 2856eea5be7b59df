/* The serial port. Receiving is an interrupt that does as little as there is; sending is done by the
 * main loop, byte by byte, because an interrupt for it would only make pulses wrong. */
#include <avr/interrupt.h>
#include <avr/io.h>

#include "hal.h"

#define UBRR(baud) ((F_CPU + 4 * (baud)) / (8 * (baud)) - 1) /* rounded, double speed */

/* A page of its own (board.mk): the head is the low byte of an address, and wraps by itself. */
extern volatile uint8_t receive_ring[256];
static uint8_t tail;

/* The flags belong to the byte and must be read before it. Two ESTOP_BYTEs in a row cut the pulses
 * here, however full the ring is and whatever the main loop is busy with. */
ISR(USART_RX_vect, ISR_NAKED) {
  asm volatile(
      "in " R_SREG ", __SREG__\n\t"
      "movw " R_Z ", r30\n\t"
      "lds " R_BYTE ", %[flags]\n\t"
      "or " R_FAULT ", " R_BYTE "\n\t"
      "lds " R_BYTE ", %[data]\n\t"
      "mov r30, " R_HEAD "\n\t"
      "ldi r31, hi8(receive_ring)\n\t"
      "st Z, " R_BYTE "\n\t"
      "inc " R_HEAD "\n\t"
      "cp " R_BYTE ", " R_STOP "\n\t"
      "breq 2f\n"
      "1:\n\t"
      "movw r30, " R_Z "\n\t"
      "out __SREG__, " R_SREG "\n\t"
      "reti\n"
      "2:\n\t"
      "dec r30\n\t"
      "ld " R_BYTE ", Z\n\t"
      "cp " R_BYTE ", " R_STOP "\n\t"
      "brne 1b\n\t"
      "sbi %[cut], 0\n\t"
      "lds " R_BYTE ", shadow_d\n\t"
      "out %[next_d], " R_BYTE "\n\t"
      "lds " R_BYTE ", shadow_b\n\t"
      "out %[next_b], " R_BYTE "\n\t"
      "rjmp 1b\n\t" ::[flags] "n"(_SFR_MEM_ADDR(UCSR0A)),
      [data] "n"(_SFR_MEM_ADDR(UDR0)), [cut] "I"(_SFR_IO_ADDR(CUT_FLAGS)),
      [next_d] "I"(_SFR_IO_ADDR(NEXT_D)), [next_b] "I"(_SFR_IO_ADDR(NEXT_B)));
}

static uint8_t head(void) {
  uint8_t at;
  asm volatile("mov %0, " R_HEAD : "=r"(at));
  return at;
}

void serial_open(void) {
  asm volatile("mov " R_HEAD ", __zero_reg__\n\t"
               "mov " R_FAULT ", __zero_reg__\n\t"
               "ldi r24, %0\n\t"
               "mov " R_STOP ", r24" ::"M"(ESTOP_BYTE)
               : "r24");
  receive_ring[255] = 0; /* RAM outlives a reset: half an emergency stop must not */
  UBRR0 = UBRR(BAUD_0);
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

bool serial_is_empty(void) { return tail == head(); }

bool hal_read(uint8_t *byte) {
  if (serial_is_empty()) return false;
  *byte = receive_ring[tail++];
  return true;
}

bool hal_can_write(void) { return UCSR0A & _BV(UDRE0); }

void hal_write(uint8_t byte) {
  UCSR0A |= _BV(TXC0); /* written as one to clear it */
  UDR0 = byte;
}

bool hal_is_writing(void) { return !(UCSR0A & _BV(TXC0)); }

void hal_set_baud(uint8_t index) {
  static const uint16_t rates[BAUDS] FLASH = {UBRR(BAUD_0), UBRR(BAUD_1), UBRR(BAUD_2),
                                              UBRR(BAUD_3)};
  UBRR0 = flash_u16(&rates[index]);
}

bool hal_take_uart_fault(void) {
  uint8_t flags;
  asm volatile("mov %0, " R_FAULT : "=r"(flags));
  if (!(flags & (_BV(FE0) | _BV(DOR0)))) return false;
  asm volatile("mov " R_FAULT ", __zero_reg__");
  return true;
}
