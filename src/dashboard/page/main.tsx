// Joins the line to the robot, what is known of it, and what shows it.
import { render } from "preact";
import { App } from "./app.tsx";
import { onFrames } from "./beats.ts";
import { Connection } from "./connection.ts";
import { RobotState } from "./robot-state.ts";

const state = new RobotState();
const connection = new Connection((frame) => state.take(frame));
onFrames((nowMs) => connection.tick(nowMs));
render(<App state={state} connection={connection} />, document.querySelector("#app")!);
