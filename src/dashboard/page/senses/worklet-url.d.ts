// Vite's word for a module that a worklet loads: its address once it is built.
declare module "*?worker&url" {
  const url: string;
  export default url;
}
