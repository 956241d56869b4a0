/** Somebody who types commands. */
import { run } from '../../cli/run';

export interface Printed {
  code: number;
  out: string;
  err: string;
}

export class Terminal {
  /** @param screen where progress is shown */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly screen?: NodeJS.WriteStream,
  ) {}

  /** @param line what is typed after `conversation-status`, split at blanks */
  async type(
    line: string,
    signal = new AbortController().signal,
    hear?: (line: string) => void,
  ): Promise<Printed> {
    const said = { out: '', err: '' };
    const write = (to: 'out' | 'err') => (text: string) => {
      said[to] += `${text}\n`;
      hear?.(text);
    };
    const io = {
      out: write('out'),
      err: write('err'),
      env: this.env,
      colors: false,
      terminal: this.screen,
      signal,
    };
    const code = await run(line.split(' ').filter(Boolean), io);
    return { code, ...said };
  }

  /** As a program reads it. @throws where it ends with another code than 0 */
  async json<T>(line: string): Promise<T> {
    const { code, out, err } = await this.type(`--json ${line}`);
    if (code !== 0) throw new Error(`${line}: ${code}\n${err}`);
    return JSON.parse(out) as T;
  }
}
