import { expect, test } from "vitest";
import { cHeader } from "../../../src/wire/c-header.ts";

test("firmware/protocol.h is what the table makes of it", async () => {
  await expect(cHeader()).toMatchFileSnapshot("../../../firmware/protocol.h");
});
