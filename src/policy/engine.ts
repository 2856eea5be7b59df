// What can run a model on this machine, for `efference doctor`.
import { listSupportedBackends } from "onnxruntime-node";

/** Version and execution providers of the inference engine; throws what its native library threw. */
export const describeEngine = (): { providers: readonly string[] } => ({
  providers: listSupportedBackends().map((backend) => backend.name),
});
