// Whether the processor does what a graphics card is for: pictures are then made with less.

let known: boolean | undefined;

export const isSoftware = (): boolean => (known ??= look());

const look = (): boolean => {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return true;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
};
