# Builds a native test of the firmware and runs it, its input passed on.
# usage: sh firmware/test/native.sh BUILD_FOLDER golden|hours
set -e
cd "$(dirname "$0")/.."
mkdir -p "$1"
compile() { ${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -I. -Iboards/native "$@"; }
case $2 in
golden)
  compile link.c test/golden.c -o "$1/golden"
  "$1/golden" ../test/golden/wire.txt
  ;;
hours)
  compile -DNO_MAIN *.c boards/native/board.c test/hours.c -o "$1/hours"
  "$1/hours"
  ;;
esac
