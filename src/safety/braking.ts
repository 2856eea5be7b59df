// How fast a servo may move now so that it can still stop in time: one microstep of a motion with
// limited speed and acceleration. The only mathematics of the safety kernel.
//
// Problem. A target may jump anywhere at any moment, yet the output must never exceed the speed and
// acceleration limits, never leave the servo's range, and come to rest on the target exactly. The
// continuous law v = sqrt(2 a d), sampled, overshoots by up to a step and then dithers.
//
// Idea. Do the sum in steps. A servo moves one stride p a step, and a stride may differ from the
// last by at most D. Braking hardest from p it covers p + (p-D) + (p-2D) + ... down to zero:
//     stop(p) = (n+1) (p - n D/2)    with n = floor(p / D) strides still to come.
// stop is continuous and rises, so for a gap d it has one inverse, the fastest p with stop(p) = d:
//     p(d) = d/(n+1) + n D/2         with n(n+1) D/2 <= d < (n+1)(n+2) D/2.
// Each step takes p(d), bounded by the speed limit and then by the last stride +- D.
//
// Why it is right. Say stop(last - D) <= d: the servo can stop before the target. Then p(d) >=
// last - D, so the second bound never pushes it beyond p(d), and the same holds one step later:
// no overshoot. On the braking curve p(d - p) = p - D, so it follows the curve, and as soon as
// d < D the stride is d itself: it arrives exactly, with a last stride that the next step may drop.
// A target that jumps behind breaks the premise for itself, not for the end of the range, which
// lies beyond every target: the strides chosen are never longer than the longer of p(d) and
// last - D, and both stop short of the end. So the range needs no rule of its own.
//
// Limits. Rounding makes p(d) miss last - D by some 1e-14 degrees. Braking is therefore planned
// with a millionth less than the permitted change; the spare swallows it from 1 deg/s2 upwards.

const SPARE = 1e-6;

/** The change of stride that plans count on, a hair under the permitted one. */
const plannedChange = (maxChangeDeg: number): number => maxChangeDeg * (1 - SPARE);

/** Degrees that a servo still covers when it begins to brake after a stride; carries its sign. */
export const brakingDistance = (strideDeg: number, maxChangeDeg: number): number => {
  const changeDeg = plannedChange(maxChangeDeg);
  const nextDeg = Math.abs(strideDeg) - changeDeg;
  if (!(nextDeg > 0)) return 0;
  const more = Math.floor(nextDeg / changeDeg);
  return Math.sign(strideDeg) * (more + 1) * (nextDeg - (more * changeDeg) / 2);
};

/**
 * The next stride of a servo, in degrees a step, signed.
 * @param gapDeg from here to the target, signed
 * @param lastDeg the stride of the step before
 * @param maxStrideDeg the speed limit; a faster servo slows down to it as hard as it may
 * @param maxChangeDeg the acceleration limit: by how much one stride may differ from the last
 */
export const nextStride = (
  gapDeg: number,
  lastDeg: number,
  maxStrideDeg: number,
  maxChangeDeg: number,
): number => {
  const distanceDeg = Math.abs(gapDeg);
  const changeDeg = plannedChange(maxChangeDeg);
  const more = Math.floor((Math.sqrt(1 + (8 * distanceDeg) / changeDeg) - 1) / 2);
  let strideDeg = Math.min(distanceDeg / (more + 1) + (more * changeDeg) / 2, distanceDeg);
  // Negated, so that the NaN of an acceleration too small for a double becomes a bound as well.
  if (!(strideDeg < maxStrideDeg)) strideDeg = maxStrideDeg;
  if (gapDeg < 0) strideDeg = -strideDeg;
  if (strideDeg > lastDeg + maxChangeDeg) return lastDeg + maxChangeDeg;
  if (strideDeg < lastDeg - maxChangeDeg) return lastDeg - maxChangeDeg;
  return strideDeg;
};
