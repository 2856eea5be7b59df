# Fuzzes the firmware for so many seconds (60 unless told; 0 replays what is known) with libFuzzer, ASan and UBSan,
# from the sessions of seeds.mjs and the corpus that is kept in test/corpus. What is new stays in build/fuzz.
# With --keep it makes the kept corpus anew: the smallest inputs that reach all code that any reached.
# usage: sh firmware/test/fuzz.sh [SECONDS | --keep]   needs clang and libclang-rt
set -e
cd "$(dirname "$0")/.."
CLANG=${CLANG:-clang}
mkdir -p build/fuzz/corpus
echo 'int LLVMFuzzerTestOneInput() { return 0; }' |
  "$CLANG" -x c -fsanitize=fuzzer,address,undefined -o build/fuzz/probe - 2>/dev/null ||
  { echo "found no clang with libFuzzer; install clang and libclang-rt-dev" >&2; exit 3; }
"$CLANG" -std=gnu11 -g -O1 -DNO_MAIN -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -Wall -Wextra -I. -Iboards/native *.c boards/native/board.c test/fuzz.c -o build/fuzz/fuzz
node test/seeds.mjs build/fuzz/corpus
if [ "$1" = --keep ]; then
  rm -rf build/fuzz/kept
  mkdir build/fuzz/kept
  # By code reached, not by how often: else there would be thousands.
  build/fuzz/fuzz -merge=1 -use_counters=0 -max_len=1024 build/fuzz/kept build/fuzz/corpus test/corpus
  rm -rf test/corpus
  mv build/fuzz/kept test/corpus
elif [ "$1" = 0 ]; then
  build/fuzz/fuzz -runs=0 -max_len=2048 -artifact_prefix=build/fuzz/ build/fuzz/corpus test/corpus
else
  build/fuzz/fuzz -max_total_time="${1:-60}" -max_len=2048 -print_final_stats=1 \
    -artifact_prefix=build/fuzz/ build/fuzz/corpus test/corpus
fi
