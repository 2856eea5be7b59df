// The policy of a run that has a page: whoever it is by its name, until a person on the page takes the
// robot in hand, and again once they give it back.
import type { Sink } from "../core/records.ts";
import { OperatorPolicy } from "../teleoperation/operator-policy.ts";
import { OperatorPort } from "../teleoperation/operator-port.ts";
import { TakeoverPolicy } from "../teleoperation/takeover-policy.ts";
import { defaultPolicy, openPolicy } from "./open-policy.ts";
import type { Driver } from "./open-run.ts";

export interface PageDriver extends Driver {
  /** Where the page's input comes in; there once the policy is open. */
  readonly port: OperatorPort | undefined;
}

export const openPageDriver = (options: { readonly policy?: string }): PageDriver => {
  let port: OperatorPort | undefined;
  let operator: OperatorPolicy | undefined;
  let sink: Sink | undefined;
  return {
    get port() {
      return port;
    },
    episode: { task: "dashboard" },
    open: async (context) => {
      const { robot, vocabulary, clock } = context;
      const name = options.policy ?? (await defaultPolicy(robot, vocabulary));
      const policy = await openPolicy(name, context);
      port = new OperatorPort({ robot, clock });
      operator = new OperatorPolicy(robot, vocabulary, port);
      const onChange = (timeNs: number, phase: "started" | "ended"): void =>
        sink?.write({ type: "takeover", timeNs, phase });
      return new TakeoverPolicy({ name, policy, operator, port, onChange });
    },
    through: (session) => {
      sink = session;
      return {
        write: (record) => {
          if (record.type === "action") operator?.applied(record.appliedDeg);
          session.write(record);
        },
      };
    },
  };
};
