/** Shows progress: a bar on a terminal, else a plain line from time to time. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** @param aside what else to show */
  step(aside?: string): void;
  done(): void;
}

const LINE_EVERY_MS = 5_000;

export function showProgress(
  what: string,
  total: number,
  out: NodeJS.WriteStream = process.stderr,
): Progress {
  return out.isTTY ? bar(what, total, out) : lines(what, total, out);
}

function bar(what: string, total: number, stream: NodeJS.WriteStream): Progress {
  const format = `${what.padEnd(10)} {bar} {percentage}% | {value}/{total} | {eta_formatted} left{aside}`;
  const shown = new SingleBar({ format, stream, etaBuffer: 200, hideCursor: true }, Presets.shades_classic);
  shown.start(total, 0, { aside: '' });
  return {
    step: (aside = '') => shown.increment(1, { aside: aside && ` | ${aside}` }),
    done: () => shown.stop(),
  };
}

function lines(what: string, total: number, out: NodeJS.WriteStream): Progress {
  let value = 0;
  let toldAt = Date.now();
  const tell = (aside: string) => out.write(`${what}: ${value} of ${total}${aside && `, ${aside}`}\n`);
  return {
    step(aside = '') {
      value += 1;
      if (value < total && Date.now() - toldAt < LINE_EVERY_MS) return;
      toldAt = Date.now();
      tell(aside);
    },
    done() {
      if (value < total) tell('stopped');
    },
  };
}
