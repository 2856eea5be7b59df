# Builds the native test of the link and runs it. usage: sh firmware/test/native.sh BUILD_FOLDER
set -e
cd "$(dirname "$0")/.."
mkdir -p "$1"
${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -I. -Iboards/native link.c test/golden.c -o "$1/golden"
"$1/golden" ../test/golden/wire.txt
