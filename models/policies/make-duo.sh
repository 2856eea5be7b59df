#!/bin/sh
# From nothing to a policy like the one that ships for duo, in one go; some 70 minutes on two cores, two
# times 15 of them training. Wants espeak-ng. (duo itself had 8,103 commands put together from three
# runs of voices, and fewer sessions of track and reach in its second training: see its card.) What it makes on the way stays in the folder named: make-duo.sh WORK
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

licence="Apache-2.0: made by this repository; the voices are espeak-ng's output"
efference train --sessions "$work/sessions" --audio "$work/voices" --seed 1 --steps 3800 \
  --data-licence "$licence" --out "$work/first"

# It acts, the teacher says what it should have done, and it learns on from both.
efference demonstrate --task track,reach --apprentice "$work/first" --episodes 150 --seed 30001 --out "$work/sessions"
efference train --from "$work/first" --sessions "$work/sessions" --audio "$work/voices" --seed 3 \
  --hearings 1 --steps 3400 --learning-rate 1e-3 --data-licence "$licence" --out "$work/duo"

# Seeds and voices that no training has seen.
efference eval --policy "$work/duo" --task obey --episodes 100 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task flinch --episodes 100 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task track,reach --episodes 100 --seed 2000001
