// What of a robot has which name in a data set. LeRobot takes every number under "observation." for state and
// under "action" for action, by the name alone: so tokens stand under neither.

export const STATE = "observation.state";
export const ACTION = "action";
export const SUCCESS = "next.success";
export const DONE = "next.done";
/** Of the last frame: the episode ended and nobody said how it went. */
export const TRUNCATED = "next.truncated";
export const INTERVENTION = "complementary_info.is_intervention";
export const TOKENS = {
  action: "tokens.action",
  executed: "tokens.executed",
  advice: "tokens.advice",
};

export const sensorFeature = (sensor: string): string => `observation.${sensor}`;
export const cameraFeature = (sensor: string): string => `observation.images.${sensor}`;
export const depthFeature = (sensor: string): string => `observation.images.${sensor}_depth`;
export const jointName = (servo: string): string => `${servo}.pos`;
