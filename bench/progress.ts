/** Without a terminal a line cannot be rewritten. Each one is added, so not every step gets one. */
const BETWEEN_LINES_MS = 15_000;

/**
 * One line that says what is being done and how far it is. On a terminal it is rewritten, else it is added
 * from time to time.
 */
export class Progress {
  private readonly began = Date.now();
  private readonly tty = process.stderr.isTTY;
  private last = '';
  private shown = 0;

  say(what: string): void {
    this.show(what);
  }

  step(what: string, done: number, of: number): void {
    const bar = '█'.repeat(Math.round((done / of) * 20)).padEnd(20, '░');
    const line = `${bar} ${what}, ${done} of ${of}`;
    if (this.tty || done === 0 || Date.now() - this.shown >= BETWEEN_LINES_MS) this.show(line);
  }

  print(text: string): void {
    this.clear();
    process.stdout.write(`${text}\n`);
  }

  end(): void {
    this.clear();
  }

  private show(what: string): void {
    if (what === this.last) return;
    this.last = what;
    this.shown = Date.now();
    this.clear();
    const seconds = Math.round((Date.now() - this.began) / 1000);
    process.stderr.write(`${String(seconds).padStart(4)} s  ${what}${this.tty ? '' : '\n'}`);
  }

  private clear(): void {
    if (this.tty) process.stderr.write('\r\u001b[K');
  }
}
