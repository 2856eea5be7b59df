// The far end of the library: reads files in a thread of its own, so that neither the robot's loop nor a STOP
// on its way through the page's server waits for a disk.
import type { MessagePort } from "node:worker_threads";
import type { SceneGeometry } from "../../core/scene-geometry.ts";
import type { AskedQuestion, GivenAnswer, LibraryData } from "./library-calls.ts";
import { Library } from "./library.ts";

export const serveLibrary = (
  port: MessagePort,
  data: LibraryData,
  describeScene: (mjcf: string) => Promise<SceneGeometry>,
): void => {
  const library = new Library(data, describeScene);
  port.on("message", async ({ id, ...question }: AskedQuestion) => {
    const answer = await library.answer(question);
    const given: GivenAnswer = { id, answer };
    port.postMessage(given, answer ? [answer.bytes.buffer] : []);
  });
};
