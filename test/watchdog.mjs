// Beside every test file, in a thread of its own. A test that never lets go of its thread outlives vitest's timeouts,
// which that thread itself keeps: this one says where it stands and ends the process, so that the run fails.
import { readFileSync, writeSync } from "node:fs";
import { Session } from "node:inspector";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** The longest test that has a reason to hold its thread takes a third of it. */
const MOST_HELD_MS = Number(process.env["WATCHDOG_MS"] ?? 300_000);
const BEAT_MS = 1000;
/** For so long a stack is waited for: a thread that a library holds never says one. */
const STACK_MS = 2000;

const watch = ({ file, beats }) => {
  let [last, sinceMs] = [-1, performance.now()];
  const looking = setInterval(() => {
    const beat = Atomics.load(beats, 0);
    if (beat !== last) [last, sinceMs] = [beat, performance.now()];
    if (performance.now() - sinceMs < MOST_HELD_MS) return;
    clearInterval(looking);
    tellAndEnd(file);
  }, BEAT_MS);
};

const tellAndEnd = (file) => {
  const end = (where) => {
    // A thread's own stderr is passed on by the very thread that is held.
    writeSync(2, `${file} held its thread for ${MOST_HELD_MS / 1000} s and is ended\n${where}\n`);
    process.kill(process.pid, "SIGKILL");
  };
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map();
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params }) => {
    const frames = params.callFrames.map(
      ({ functionName, location }) =>
        `    at ${functionName || "(anonymous)"} (${urls.get(location.scriptId)}:${location.lineNumber + 1})`,
    );
    end(frames.join("\n"));
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
  setTimeout(() => end(outsideJavaScript()), STACK_MS);
};

/** What Linux knows of a thread that waits in a library, and of the children it may wait for. */
const outsideJavaScript = () => {
  const read = (path) => {
    try {
      return readFileSync(path, "utf8").replaceAll("\0", " ").trim();
    } catch {
      return "";
    }
  };
  const thread = `/proc/self/task/${process.pid}`;
  const state = /^State:.*$/m.exec(read(`${thread}/status`))?.[0] ?? "";
  const children = read(`${thread}/children`).split(" ").filter(Boolean);
  return [
    `    outside JavaScript. ${state}, in ${read(`${thread}/wchan`)}, syscall ${read(`${thread}/syscall`)}`,
    ...children.map((pid) => `    beside ${pid}: ${read(`/proc/${pid}/cmdline`)}`),
  ].join("\n");
};

if (isMainThread) {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const file = globalThis.__vitest_worker__?.filepath;
  new Worker(new URL(import.meta.url), { workerData: { file, beats } }).unref();
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
} else watch(workerData);
