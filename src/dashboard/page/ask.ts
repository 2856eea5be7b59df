// Asks the server of the page for what was recorded (library/library-calls.ts), once or again and again.
import { useEffect, useRef, useState } from "preact/hooks";
import { onTicks } from "./beats.ts";

const respond = async (path: string, method: "GET" | "POST"): Promise<Response> => {
  const response = await fetch(new URL(`ask/${path}`, location.href), { method });
  if (response.ok) return response;
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  throw new Error(isJson ? (JSON.parse(text) as { error: string }).error : text.trim());
};

/** Rejects with the server's words. */
export const ask = async <T>(path: string): Promise<T> =>
  (await (await respond(path, "GET")).json()) as T;

export const askBytes = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await (await respond(path, "GET")).arrayBuffer());

/** Has something done. Rejects with the server's words. */
export const order = async (path: string): Promise<void> => void (await respond(path, "POST"));

export interface Asked<T> {
  readonly value: T | undefined;
  readonly problem: string;
  /** Asks at once. */
  readonly again: () => void;
}

/** The newest answer, asked for every `periodMs` as long as whoever uses it is shown. */
export const useAsked = <T>(path: string, periodMs: number): Asked<T> => {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState("");
  const askedMs = useRef(-Infinity);
  useEffect(() => {
    let isAsking = false;
    let isGone = false;
    const stop = onTicks((nowMs) => {
      if (isAsking || nowMs - askedMs.current < periodMs) return;
      isAsking = true;
      askedMs.current = nowMs;
      ask<T>(path)
        .then(
          (told) => {
            if (isGone) return;
            setValue(told);
            setProblem("");
          },
          (error: Error) => isGone || setProblem(error.message),
        )
        .finally(() => (isAsking = false));
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [path, periodMs]);
  return { value, problem, again: () => void (askedMs.current = -Infinity) };
};
