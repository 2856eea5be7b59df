# Fuzzes the firmware for so many seconds (60 unless told) with libFuzzer, ASan and UBSan; the corpus is kept
# in firmware/build. usage: sh firmware/test/fuzz.sh [SECONDS]   needs clang and libclang-rt
set -e
cd "$(dirname "$0")/.."
CLANG=${CLANG:-$(command -v clang || command -v clang-14 || command -v clang-16)}
mkdir -p build/fuzz/corpus
"$CLANG" -std=gnu11 -g -O1 -DNO_MAIN -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -Wall -Wextra -I. -Iboards/native *.c boards/native/board.c test/fuzz.c -o build/fuzz/fuzz
node test/seeds.mjs build/fuzz/corpus
build/fuzz/fuzz -max_total_time="${1:-60}" -max_len=2048 -print_final_stats=1 -artifact_prefix=build/fuzz/ build/fuzz/corpus
