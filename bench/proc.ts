import { readdirSync, readFileSync } from 'node:fs';

/** `/proc` counts hundredths of a second. */
const TICK_MS = 10;

/**
 * Processor time of a process and of all its living descendants so far, in milliseconds; 0 if there is no
 * /proc.
 */
export function cpuMs(pid: number): number {
  const all = processes();
  const mine = [pid];
  for (const p of mine) mine.push(...all.filter(({ parent }) => parent === p).map((q) => q.pid));
  return all.filter((p) => mine.includes(p.pid)).reduce((total, p) => total + p.ms, 0);
}

/** Resident memory of one process, in bytes; 0 if there is no /proc. */
export function memoryBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function processes(): { pid: number; parent: number; ms: number }[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => statOf(Number(pid)) ?? []);
  } catch {
    return [];
  }
}

function statOf(pid: number): { pid: number; parent: number; ms: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return null; // it has ended meanwhile
  }
}
