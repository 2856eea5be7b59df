// The built page, read once into memory: some files that never change while the server lives.
import { readFileSync, readdirSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { EfferenceError } from "../core/errors.ts";

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** By path ("/", "/assets/x.js"). @throws EfferenceError where the page has not been built */
export const readPageFiles = (folder: string): ReadonlyMap<string, PageFile> => {
  const files = new Map<string, PageFile>();
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    throw new EfferenceError(`found no page in ${folder}; build it: npm run build`, { cause });
  }
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = `/${name.split(sep).join("/")}`;
    files.set(path === "/index.html" ? "/" : path, {
      type,
      bytes: readFileSync(join(folder, name)),
    });
  }
  return files;
};
