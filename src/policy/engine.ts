// What can run a model on this machine, for `efference doctor`.
import { listSupportedBackends } from "onnxruntime-node";

/** The execution providers that came with the package; throws what its native library threw. */
export const describeEngine = (): { providers: readonly string[] } => ({
  providers: listSupportedBackends()
    .filter((backend) => backend.bundled)
    .map((backend) => backend.name),
});
