# Builds the firmware of every board that has a chip, from nothing, and writes efference-BOARD.hex with its hash.
# With --check it writes nothing and fails where the sources make another file than the one committed.
# usage: sh firmware/build.sh [--check]   needs gcc-avr, avr-libc, binutils-avr, make
set -e
cd "$(dirname "$0")"
command -v avr-gcc >/dev/null || { echo "found no avr-gcc; install gcc-avr, avr-libc and binutils-avr" >&2; exit 3; }
for board in uno; do
  made=build/$board/efference.hex
  kept=efference-$board.hex
  rm -rf "build/$board"
  make --no-print-directory -s BOARD=$board
  # What interrupts own must be used by nothing else, libraries included (boards/uno/board.h).
  avr-objdump -d --no-show-raw-insn "build/$board/efference.elf" |
    awk '/^[0-9a-f]+ <.*>:$/ { name = $2 }
      /^ / && /[ \t,]r[2-8]([ ,]|$)/ && name !~ /__vector|serial_open|serial_is_empty|hal_read|hal_take_uart_fault|hal_set_baud|__trampolines_end/ {
        print "a register of the interrupts is used in " name " " $0; bad = 1 } END { exit bad }'
  if [ "$1" = --check ]; then
    cmp "$made" "$kept" || { echo "$kept is not what the sources make: npm run firmware" >&2; exit 1; }
    sha256sum -c --quiet "$kept.sha256"
    echo "$kept is what the sources make"
  else
    cp "$made" "$kept"
    sha256sum "$kept" >"$kept.sha256"
  fi
done
