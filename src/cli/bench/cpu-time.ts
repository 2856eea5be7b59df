// Processor time of this process, all its threads: not the wall's, since neighbours share these cores.

/** Seconds since the process began. */
export const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
