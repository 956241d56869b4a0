import { readdirSync, readFileSync } from 'node:fs';

/** `/proc` counts hundredths of a second. */
const TICK_MS = 10;

/**
 * Processor time of a process and of all its living descendants so far, in milliseconds; 0 if there is no
 * /proc.
 */
export function cpuMs(pid: number): number {
  return treeOf(pid).reduce((total, p) => total + p.ms, 0);
}

/** A process and all its living descendants; none if there is no /proc. */
export function treeOf(pid: number): Process[] {
  const all = processes();
  const mine = [pid];
  for (const p of mine) mine.push(...all.filter(({ parent }) => parent === p).map((q) => q.pid));
  return all.filter((p) => mine.includes(p.pid));
}

/** Memory of one process in bytes, with its share of what others use too; 0 if there is no /proc. */
export function proportionalBytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
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

interface Process {
  pid: number;
  parent: number;
  /** of its program */
  name: string;
  /** processor time so far */
  ms: number;
}

function processes(): Process[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => statOf(Number(pid)) ?? []);
  } catch {
    return [];
  }
}

function statOf(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return { pid, parent: Number(fields[1]), name, ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return null; // it has ended meanwhile
  }
}
