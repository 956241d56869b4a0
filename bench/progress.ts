/** One line that says what is being done, over and over; on a terminal it is rewritten, elsewhere it is said once each. */
export class Progress {
  private readonly began = Date.now();
  private readonly tty = process.stderr.isTTY;
  private last = '';

  say(what: string): void {
    this.show(what);
  }

  step(what: string, done: number, of: number): void {
    const bar = '█'.repeat(Math.round((done / of) * 20)).padEnd(20, '░');
    if (this.tty) this.show(`${bar} ${what}`);
    else if (done === 0) this.show(`${what}: ${of} measurements`);
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
    this.clear();
    const seconds = Math.round((Date.now() - this.began) / 1000);
    process.stderr.write(`${String(seconds).padStart(4)} s  ${what}${this.tty ? '' : '\n'}`);
  }

  private clear(): void {
    if (this.tty) process.stderr.write('\r\u001b[K');
  }
}
