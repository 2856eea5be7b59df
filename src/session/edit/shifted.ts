// A record as if it had happened later: every stamp in it moves along.
import type { SessionRecord } from "../../core/records.ts";

export const shifted = (record: SessionRecord, byNs: number): SessionRecord => {
  if (byNs === 0) return record;
  const timeNs = record.timeNs + byNs;
  switch (record.type) {
    case "sample": {
      const { sample } = record;
      return { ...record, timeNs, sample: { ...sample, timeNs: sample.timeNs + byNs } };
    }
    case "cue": {
      const { startNs, endNs } = record.cue;
      const cue = { ...record.cue, startNs: startNs + byNs, endNs: endNs + byNs };
      return { ...record, timeNs, cue };
    }
    case "applied":
      return { ...record, timeNs, frameNs: record.frameNs + byNs };
    case "state":
      return {
        ...record,
        timeNs,
        state: { ...record.state, timeNs: record.state.timeNs + byNs },
      };
    case "tokens_in":
    case "tokens_out":
    case "advice":
    case "motion_out":
    case "act":
    case "action":
    case "order":
    case "safety":
    case "meter":
    case "episode":
    case "takeover":
    case "source":
    case "move":
      return { ...record, timeNs };
  }
};
