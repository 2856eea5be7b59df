// The tasks there are, and who judges each.
import type { SceneMove } from "../core/ports.ts";
import type { Robot } from "../core/robot.ts";
import { FlinchJudge } from "./flinch-judge.ts";
import type { Judge } from "./judge.ts";
import { ObeyJudge } from "./obey-judge.ts";
import { ReachJudge } from "./reach-judge.ts";
import { TrackJudge } from "./track-judge.ts";

export const TASKS = ["obey", "flinch", "track", "reach"] as const;
export type Task = (typeof TASKS)[number];

/** `script` is what the scene's objects do in the episode to be judged. */
export const judgeOf = (task: Task, robot: Robot, script: readonly SceneMove[]): Judge => {
  switch (task) {
    case "obey":
      return new ObeyJudge();
    case "flinch":
      return new FlinchJudge(robot);
    case "track":
      return new TrackJudge(robot);
    case "reach":
      return new ReachJudge(robot, script);
  }
};
