/* For simavr.test.ts: runs a program in simavr, says bytes to it at stated cycles, and tells the pulses on D2 to D13.
 * simavr program.hex end < "cycle byte" lines > "pin rise width" lines, cycles */
#include <simavr/avr_extint.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_hex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static avr_t *avr;
static avr_cycle_count_t rises[14];

static void edge(struct avr_irq_t *irq, uint32_t value, void *pin_as_pointer) {
  int pin = (int)(intptr_t)pin_as_pointer;
  (void)irq;
  if (value)
    rises[pin] = avr->cycle;
  else if (rises[pin]) {
    printf("%d %llu %llu\n", pin, (unsigned long long)rises[pin],
           (unsigned long long)(avr->cycle - rises[pin]));
    rises[pin] = 0;
  }
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  avr = avr_make_mcu_by_name("atmega328p");
  avr_init(avr);
  avr->frequency = 16000000;
  avr->log = LOG_ERROR;
  ihex_chunk_p chunks = NULL;
  int n = read_ihex_chunks(arguments[1], &chunks);
  for (int i = 0; i < n; i++)
    memcpy(avr->flash + chunks[i].baseaddr, chunks[i].data, chunks[i].size);
  avr->pc = 0;
  avr->codeend = avr->flashend;
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  avr_irq_t *in = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
  for (int pin = 2; pin < 14; pin++)
    avr_irq_register_notify(
        avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(pin < 8 ? 'D' : 'B'), pin < 8 ? pin : pin - 8),
        edge, (void *)(intptr_t)pin);
  /* The edges are interrupts of pins that nothing drives but the program itself. */
  avr_extint_set_strict_lvl_trig(avr, 0, 0);
  avr_extint_set_strict_lvl_trig(avr, 1, 0);
  unsigned long long end = strtoull(arguments[2], NULL, 10), at;
  unsigned byte;
  int more = scanf("%llu %u", &at, &byte) == 2;
  while (avr->cycle < end) {
    while (more && avr->cycle >= at) {
      avr_raise_irq(in, byte);
      more = scanf("%llu %u", &at, &byte) == 2;
    }
    int state = avr_run(avr);
    if (state == cpu_Done || state == cpu_Crashed) return 1;
  }
  return 0;
}
