#!/bin/sh
# From nothing to a policy like the one that ships for duo, in one go, on two cores and without Python. Wants
# espeak-ng. What it makes on the way stays in the folder named: make-duo.sh WORK
# (duo itself was made by these steps, with its commands from two runs of voices and with 35 episodes of
# obey and 29 of the last 60 of reach: see its card.)
set -eu
work=${1:?usage: make-duo.sh WORK (a folder for voices, sessions and the policy)}
root=$(cd "$(dirname "$0")/../.." && pwd)
efference() { node "$root/dist/cli/main.js" "$@"; }

# Commands by voices that teach, and by voices that no model hears before the examination.
efference voices --out "$work/voices" --takes 800 --seed 1
efference voices --out "$work/strangers" --speakers held-out --takes 40 --seed 2

# One teacher shows every task; each episode is a session.
efference demonstrate --task track --episodes 120 --seed 1 --out "$work/seen"
efference demonstrate --task reach --episodes 160 --seed 1 --out "$work/seen"
efference demonstrate --task flinch --episodes 200 --seed 20001 --audio "$work/voices" --out "$work/all"
efference demonstrate --task obey --episodes 60 --seed 10001 --audio "$work/voices" --out "$work/all"

# What moves by sight first: it acts, the teacher says what it should have done, and it learns from both,
# twice. Where its own mistakes lead is nowhere in what the teacher showed.
licence="Apache-2.0: made by this repository; the voices are espeak-ng's output"
efference train --sessions "$work/seen" --hearings 0 --rows 8 --steps 1400 --learning-rate 2e-3 --seed 1 \
  --data-licence "$licence" --out "$work/first"
efference demonstrate --task track,reach --apprentice "$work/first" --episodes 70 --seed 30001 --out "$work/seen"
efference train --from "$work/first" --sessions "$work/seen" --hearings 0 --rows 8 --steps 700 \
  --learning-rate 1.5e-3 --seed 2 --data-licence "$licence" --out "$work/second"
efference demonstrate --task track,reach --apprentice "$work/second" --episodes 60 --seed 40001 --out "$work/seen"

# Then everything, with all that was said in it heard again.
cp "$work"/seen/*.mcap "$work/all"
efference train --from "$work/second" --sessions "$work/all" --audio "$work/voices" --hearings 1 --rows 16 \
  --steps 1550 --learning-rate 1.5e-3 --seed 3 --data-licence "$licence" --out "$work/duo"

# Seeds and voices that no training has seen.
efference eval --policy "$work/duo" --task obey --episodes 100 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task flinch --episodes 250 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task track,reach --episodes 100 --seed 2000001
