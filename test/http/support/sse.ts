/** Somebody who reads a stream, as a browser does. */
export interface Seen {
  event: string;
  id: string;
  data: string;
}

export class Reader {
  readonly seen: Seen[] = [];
  readonly comments: string[] = [];
  /** as it is to be sent at the next time */
  lastId: string | undefined;
  ended = false;
  status = 0;
  contentType = '';
  private readonly cut = new AbortController();
  private done: Promise<void> = Promise.resolve();

  static async open(url: string, key: string, lastId?: string): Promise<Reader> {
    const reader = new Reader();
    const headers = {
      Authorization: `Bearer ${key}`,
      ...(lastId !== undefined && { 'Last-Event-ID': lastId }),
    };
    const response = await fetch(url, { headers, signal: reader.cut.signal });
    reader.status = response.status;
    reader.contentType = response.headers.get('content-type') ?? '';
    reader.lastId = lastId;
    if (response.body) reader.done = reader.read(response.body);
    return reader;
  }

  async close(): Promise<void> {
    this.cut.abort();
    await this.done;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
    } catch {
      // cut off, by us or by them
    }
    this.ended = true;
  }

  private take(block: string): void {
    const seen = { event: 'message', id: '', data: '' };
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === '') this.comments.push(value);
      else if (field in seen) seen[field as keyof Seen] = value;
    }
    if (seen.id) this.lastId = seen.id;
    if (seen.data) this.seen.push(seen);
  }
}
