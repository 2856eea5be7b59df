import { UsageError } from "../core/errors.ts";

/** A name by which folders of sessions find the file. @throws UsageError for another */
export const sessionName = (out: string): string => {
  if (out.endsWith(".mcap")) return out;
  throw new UsageError(`--out ${out}: found no name of a session, expected one that ends in .mcap`);
};
