// Records into the session named by its first argument until it is stopped, with the built program:
// a picture of noise every 20 ms, each followed by its stamp in nanoseconds on a line of stdout.
// A second argument is the width of the pictures, a third the number of pictures to end after.
import { randomFillSync } from "node:crypto";
import { writeSync } from "node:fs";
import { RealClock } from "../../dist/core/clock.js";
import { SessionWriter } from "../../dist/session/session-writer.js";

const [path, width = "16", pictures = "Infinity"] = process.argv.slice(2);
const clock = new RealClock();
const header = {
  robotName: "duo",
  robotFile: "",
  sceneFile: "",
  vocabularyJson: "{}",
  policy: "none",
  seed: 1,
  pace: "realtime",
  startedAtNs: clock.startedAtNs,
  body: "simulation",
  script: [],
  versions: {},
};
const writer = await SessionWriter.open({ path, header });
const size = Number(width);
const rgb = new Uint8Array(3 * size * size);

let left = Number(pictures);
const timer = setInterval(() => {
  if (left-- <= 0) return void end();
  const timeNs = clock.nowNs();
  randomFillSync(rgb);
  const sample = {
    kind: "image",
    sensor: "camera",
    timeNs,
    width: size,
    height: size,
    rgb,
    depthM: new Float32Array(0),
  };
  writer.write({ type: "sample", timeNs, sample });
  writeSync(1, `${timeNs}\n`);
}, 20);

const end = async () => {
  clearInterval(timer);
  await writer.close().catch((error) => writeSync(2, `${error.message}\n`));
};
void writer.failed.then(end);
