// The far end of a policy in a thread of its own: one step at a time, as it is asked for.
import type { MessagePort } from "node:worker_threads";
import type { Policy } from "../core/ports.ts";
import type { PolicyMessage, PolicyQuestion } from "./policy-calls.ts";

/** Answers at `port` for a policy whose clock is monotonic, until the thread ends. */
export const servePolicy = (policy: Policy, port: MessagePort): void => {
  let ended = new AbortController();
  const post = (message: PolicyMessage, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const step = async ({ observation, deadlineNs }: PolicyQuestion & { type: "step" }) => {
    ended = new AbortController();
    try {
      const answer = await policy.step(observation, { signal: ended.signal, deadlineNs });
      post({ type: "answer", answer }, [answer.buffer as ArrayBuffer]);
    } catch (error) {
      post({ type: "refusal", reason: error instanceof Error ? error.message : String(error) });
    }
  };
  port.on("message", (question: PolicyQuestion) => {
    if (question.type === "abort") ended.abort();
    else void step(question);
  });
  post({ type: "open", name: policy.name });
};
