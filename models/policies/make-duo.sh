#!/bin/sh
# From nothing to the policy that ships for duo, in one go; some 50 minutes on two cores, 20 of them
# training. Wants espeak-ng. What it makes on the way stays in the folder named: make-duo.sh WORK
set -eu
work=${1:?usage: make-duo.sh WORK (a folder for voices, sessions and the policy)}
root=$(cd "$(dirname "$0")/../.." && pwd)
efference() { node "$root/dist/cli/main.js" "$@"; }

# Commands by voices that teach, and by voices that no model hears before the examination.
efference voices --out "$work/voices" --takes 810 --seed 1
efference voices --out "$work/strangers" --speakers held-out --takes 40 --seed 2

# One teacher shows every task; each episode is a session.
efference demonstrate --task track,reach --episodes 250 --seed 1 --out "$work/sessions"
efference demonstrate --task obey --episodes 500 --seed 10001 --audio "$work/voices" --out "$work/sessions"
efference demonstrate --task flinch --episodes 250 --seed 20001 --audio "$work/voices" --out "$work/sessions"

efference train --sessions "$work/sessions" --audio "$work/voices" --seed 1 --max-minutes 20 \
  --steps 3800 --data-licence "Apache-2.0 (synthesised by espeak-ng and simulated by this repository)" --out "$work/duo"

# Seeds and voices that no training has seen.
efference eval --policy "$work/duo" --task obey --episodes 100 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task flinch --episodes 500 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task track,reach --episodes 100 --seed 2000001
