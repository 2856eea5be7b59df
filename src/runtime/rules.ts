// Who may move a servo, as data. Motion tokens move the servos that no act owns; an act owns its
// servos until it ends or is pre-empted; a reflex (a withdrawal, a stop) pre-empts everything. An act
// that is already playing at the same pace is not begun again, so that a stutter does not freeze it.

export type Rank = "motion" | "act" | "reflex";

export interface Rule {
  /** A newcomer takes a servo from an owner of its own order or a lower one, never from a higher one. */
  readonly order: number;
  /** What ends when one begins: only what shared a servo with it, or all that was playing. */
  readonly preempts: "shared" | "all";
  /** Whether the whole newcomer is refused when one of its servos can't be had; else it moves the rest. */
  readonly wholly: boolean;
}

export const RULES: Readonly<Record<Rank, Rule>> = {
  motion: { order: 0, preempts: "shared", wholly: false },
  act: { order: 1, preempts: "shared", wholly: true },
  reflex: { order: 2, preempts: "all", wholly: true },
};
