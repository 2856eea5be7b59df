#!/bin/sh
# From nothing to the policy that ships for duo, in one go, on two cores and without Python. Wants espeak-ng.
# What it makes on the way stays in the folder named: make-duo.sh WORK
# The duo in this folder was made so, stage by stage (DECISIONS 329).
set -eu
work=${1:?usage: make-duo.sh WORK (a folder for voices, sessions and the policy)}
root=$(cd "$(dirname "$0")/../.." && pwd)
efference() { node "$root/dist/cli/main.js" "$@"; }
licence="Apache-2.0: made by this repository; the voices are espeak-ng's output"

# Commands by voices that teach, and by voices that no model hears before the examination.
efference voices --out "$work/voices" --takes 800 --seed 1
efference voices --out "$work/strangers" --speakers held-out --takes 40 --seed 2

# One teacher shows every task; each episode is a session.
efference demonstrate --task track,reach --episodes 160 --seed 1 --out "$work/sessions"
efference demonstrate --task flinch --episodes 160 --seed 20001 --audio "$work/voices" --out "$work/sessions"
efference demonstrate --task obey --episodes 60 --seed 10001 --audio "$work/voices" --out "$work/sessions"

# It learns, it acts, the teacher says what it should have done, and it learns from both: where its own
# mistakes lead is nowhere in what the teacher showed.
learn() { # NAME HEARINGS STEPS RATE SEED [--from POLICY]
  name=$1 hearings=$2 steps=$3 rate=$4 seed=$5
  shift 5
  efference train --sessions "$work/sessions" --audio "$work/voices" --hearings "$hearings" --steps "$steps" \
    --learning-rate "$rate" --seed "$seed" "$@" --data-licence "$licence" --out "$work/$name"
}
corrections() { # APPRENTICE SEED, and how many of TRACK REACH FLINCH
  apprentice=$1 seed=$2 track=$3 reach=$4 flinch=$5
  advise() { efference demonstrate --apprentice "$work/$apprentice" --out "$work/sessions" "$@"; }
  advise --task track --episodes "$track" --seed "$seed"
  advise --task reach --episodes "$reach" --seed "$seed"
  advise --task flinch --episodes "$flinch" --seed "$((seed + 5000))" --audio "$work/voices"
}
learn first 4 350 2e-3 1
corrections first 30001 80 120 100
learn second 4 350 1.5e-3 2 --from "$work/first"
corrections second 50001 100 300 160
learn third 8 1300 2e-3 3 --from "$work/second"
corrections third 60001 40 300 240
learn fourth 12 2400 1.2e-3 4 --from "$work/third"
corrections fourth 70001 40 140 60
learn fifth 8 750 1e-3 5 --from "$work/fourth"
corrections fifth 80001 20 40 100
learn duo 12 1200 1e-3 6 --from "$work/fifth" --share-heard 0.57

# Seeds and voices that no training has seen.
efference eval --policy "$work/duo" --task obey --episodes 100 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task flinch --episodes 250 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo" --task track,reach --episodes 100 --seed 2000001

# The contender over continuous embeddings, from the same sessions and more commands: it does not hear recordings again.
efference demonstrate --task obey --episodes 240 --seed 510001 --audio "$work/voices" --out "$work/sessions"
efference train --sessions "$work/sessions" --model embedding --head energy --steps 1600 --seed 1 --data-licence "$licence" --out "$work/duo-embedding"
efference eval --policy "$work/duo-embedding" --task flinch --episodes 60 --seed 2000001 --audio "$work/strangers"
efference eval --policy "$work/duo-embedding" --task track,reach --episodes 60 --seed 2000001
