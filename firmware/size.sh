# Says what a firmware takes of flash and RAM, and fails where it is more than the board allows.
# usage: size.sh FILE.elf FLASH_LIMIT RAM_LIMIT
set -e
avr-size -A "$1" | awk -v flash_limit="$2" -v ram_limit="$3" '
  $1 == ".text" || $1 == ".data" { flash += $2 }
  $1 == ".data" || $1 == ".bss" || $1 == ".noinit" { if ($3 + $2 > end) end = $3 + $2 }
  END {
    ram = end - 8388864 # 0x800100, where RAM begins
    printf "flash %d of at most %d bytes, ram %d of at most %d bytes\n", flash, flash_limit, ram, ram_limit
    if (flash > flash_limit || ram > ram_limit) { print "the firmware is too large" > "/dev/stderr"; exit 1 }
  }'
