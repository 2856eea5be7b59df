// A policy in a thread that does what workerData tells: plain JavaScript, as Node 20 wants it there.
import { parentPort, workerData } from "node:worker_threads";

if (workerData === "refuses to open") throw new Error("no such model");
if (workerData === "ends before it opens") process.exit(3);
parentPort.postMessage({ type: "open", name: "threaded" });

let asked;
parentPort.on("message", (question) => {
  if (question.type === "abort") return parentPort.postMessage({ type: "answer", answer: asked });
  const { observation, deadlineNs } = question;
  const said = observation.frames.flatMap(({ ids }) => [...ids]);
  asked = Int32Array.of(...said, Math.round(deadlineNs / 1e6));
  if (workerData === "throws") throw new Error("the thread broke");
  if (workerData === "refuses") parentPort.postMessage({ type: "refusal", reason: "no idea" });
  if (workerData === "ends") process.exit(4);
  if (workerData === "hangs") for (;;);
  if (workerData === "echoes") parentPort.postMessage({ type: "answer", answer: asked });
});
