import { UsageError } from "../core/errors.ts";

/** A name by which folders of sessions find the file. @throws UsageError for another */
export const sessionName = (name: string, option = "--out"): string => {
  if (name.endsWith(".mcap")) return name;
  throw new UsageError(
    `${option} ${name}: found no name of a session, expected one that ends in .mcap`,
  );
};
