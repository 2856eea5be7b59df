// The far end of the dashboard: serves the page in a thread of its own, so that no browser, however
// many or slow, takes time from the loop that moves the robot.
import type { MessagePort } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import type { SceneGeometry } from "../core/scene-geometry.ts";
import type { DashboardData, DashboardEvent, DashboardMessage } from "./dashboard-calls.ts";
import { FrameWriter } from "./fields.ts";
import { LibraryClient } from "./library/library-client.ts";
import { readPageFiles } from "./page-files.ts";
import { PageServer } from "./page-server.ts";
import { SERVER_FRAMES } from "./protocol.ts";

// The same place seen from src/dashboard and from dist/dashboard.
const PAGE = fileURLToPath(new URL("../../dist/dashboard/page", import.meta.url));

export const serveDashboard = async (
  port: MessagePort,
  data: DashboardData,
  describeScene: (mjcf: string) => Promise<SceneGeometry>,
): Promise<void> => {
  const post = (event: DashboardEvent): void => port.postMessage(event);
  const greeting = new FrameWriter(SERVER_FRAMES)
    .add("hello", { json: JSON.stringify(data.hello) })
    .take();
  let described: Promise<Uint8Array | undefined> | undefined;
  const describe = async (): Promise<Uint8Array | undefined> => {
    try {
      const json = JSON.stringify(await describeScene(data.sceneSource));
      return new FrameWriter(SERVER_FRAMES).add("scene", { json }).take();
    } catch (error) {
      // A robot on a wire needs no scene that compiles, and its page still has a STOP.
      post({ type: "undrawn", words: (error as Error).message });
      return undefined;
    }
  };
  const library = new LibraryClient(new URL(data.libraryProgram), data.library);
  let server: PageServer;
  try {
    server = await PageServer.open({
      ...data,
      files: readPageFiles(PAGE),
      greeting,
      scene: () => (described ??= describe()),
      ask: (question) => library.ask(question),
      onFrame: (frame, viewer) => post({ type: "frame", frame, viewer }),
      onOpen: (viewer) => post({ type: "opened", viewer }),
      onClose: (viewer) => post({ type: "closed", viewer }),
    });
  } catch (error) {
    return post({ type: "refused", words: (error as Error).message });
  }
  post({ type: "open", url: server.url });
  port.on("message", ({ batch }: DashboardMessage) => server.show(batch));
};
