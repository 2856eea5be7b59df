import type { RealClock } from "../../src/core/clock.ts";
import type { Policy } from "../../src/core/ports.ts";
import type { TokenReader } from "../../src/policy/decoder.ts";
import type { TokenEngineOptions } from "../../src/policy/token-engine.ts";

export declare const scripted: (stream: TokenReader, answers?: number) => TokenReader;

export declare const openScripted: (
  options: TokenEngineOptions & { readonly clock: RealClock },
) => Promise<Policy>;
