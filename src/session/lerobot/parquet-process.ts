// The program of the process that reads parquet files: a question, an answer.
import type { ParquetAnswer, ParquetQuestion } from "./parquet-calls.ts";
import { ParquetFile } from "./parquet-file.ts";

const files = new Map<string, ParquetFile>();

const fileAt = async (path: string): Promise<ParquetFile> => {
  const file = files.get(path) ?? (await ParquetFile.open(path));
  files.set(path, file);
  return file;
};

const answer = async (question: ParquetQuestion): Promise<unknown> => {
  const { path } = question;
  if (question.type === "footer") return (await fileAt(path)).footer();
  if (question.type === "rows") {
    const { columns, rowStart, rowEnd } = question;
    return (await fileAt(path)).rows(columns, rowStart, rowEnd);
  }
  const file = files.get(path);
  files.delete(path);
  return file?.close();
};

const say = (told: ParquetAnswer): void => void process.send!(told);
process.on("disconnect", () => process.exit()); // whoever asked has ended
// The library reads columns side by side, and of several that are damaged tells one: the others' errors are nobody's.
process.on("unhandledRejection", () => {});
process.on("message", (question: ParquetQuestion) => {
  void answer(question).then(
    (value) => say({ value }),
    (cause: unknown) => say({ error: (cause as Error)?.message ?? String(cause) }),
  );
});
