# Arduino Uno and Nano. Limits: what is left of 2048 bytes of RAM is the stack's, measured in
# test/unit/bodies/emulator; the flash could hold 32256 beside the boot loader. The receive ring takes the first
# page of RAM (from 0x800100 on), since its head wraps as the low byte of an address.
CC = avr-gcc
FLAGS = -mmcu=atmega328p -DF_CPU=16000000UL -ffixed-r2 -ffixed-r3 -ffixed-r4 -ffixed-r5 -ffixed-r6 -ffixed-r7 -ffixed-r8
FLASH_LIMIT = 13312
RAM_LIMIT = 1616
LDFLAGS = -Wl,--relax -Wl,--defsym=receive_ring=0x800100 -Wl,-Tdata=0x800200
