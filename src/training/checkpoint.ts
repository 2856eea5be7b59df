// Tensors and a JSON note in one file, in the safetensors format (huggingface.co/docs/safetensors):
// eight bytes of header length, a JSON header, then the numbers. PyTorch reads it as it is.
import { readFile, rename, writeFile } from "node:fs/promises";
import { PolicyError } from "../core/errors.ts";

export interface NamedTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Writes beside the file first, so that a crash leaves the old one whole. @throws PolicyError where it can't */
export const writeCheckpoint = async (
  path: string,
  tensors: ReadonlyMap<string, NamedTensor>,
  note: unknown,
): Promise<void> => {
  const header: Record<string, unknown> = { __metadata__: { efference: JSON.stringify(note) } };
  let end = 0;
  for (const [name, { dims, data }] of tensors) {
    const start = end;
    end += data.byteLength;
    header[name] = { dtype: "F32", shape: dims, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc(-text.length & 7, " ")]); // numbers start at 8 bytes
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const numbers = Array.from(tensors.values(), ({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  try {
    await writeFile(`${path}.part`, [length, padded, ...numbers]);
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw new PolicyError(
      `the checkpoint ${path} can't be written (${(cause as Error).message}); make room, or name another`,
      { cause },
    );
  }
};

/** Reads what {@link writeCheckpoint} wrote; PolicyError where the file is something else. */
export const readCheckpoint = async (
  path: string,
): Promise<{ tensors: ReadonlyMap<string, NamedTensor>; note: unknown }> => {
  const file = await readFile(path).catch((cause: unknown) => {
    throw new PolicyError(`can't read the checkpoint ${path}; check the path`, { cause });
  });
  try {
    const start = 8 + Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.toString("utf8", 8, start)) as Record<string, Entry> & {
      __metadata__: { efference: string };
    };
    const { __metadata__, ...entries } = header;
    const tensors = Object.entries(entries).map(([name, { dtype, shape, data_offsets }]) => {
      const [from, to] = data_offsets;
      if (dtype !== "F32" || start + to > file.length)
        throw new RangeError(`${name} is ${dtype}, ends at byte ${start + to} of ${file.length}`);
      const copy = file.buffer.slice(file.byteOffset + start + from, file.byteOffset + start + to);
      return [name, { dims: shape, data: new Float32Array(copy) }] as const;
    });
    return { tensors: new Map(tensors), note: JSON.parse(__metadata__.efference) };
  } catch (cause) {
    throw new PolicyError(
      `${path} is no whole checkpoint of efference (${(cause as Error).message}); train again, or name another file`,
      { cause },
    );
  }
};
