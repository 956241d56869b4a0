import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountDatabase } from '../../db/database';
import {
  findGround,
  isBefore,
  readMissed,
  readNews,
  type Ground,
  type Position,
  type Told,
} from '../../db/stream';
import { PostgresUnavailableError } from '../../db/unavailable';
import { idOf, type Place, type StreamSession } from './stream-session';

const PAGE = 500;
/** Each write notifies. What is notified within this time is read together. */
const GATHER_MS = 40;
const POLL_MS = 1_000;
/** An open transaction can hold rows back. They are looked for again after this time. */
const HELD_MS = 20;
const BREATH_MS = 250;

/**
 * Reads what is new in one account, once for all streams of this process. A stream that resumes from an
 * earlier place reads by itself until it has caught up with the others.
 */
export class StreamFeed {
  private readonly sessions = new Set<StreamSession>();
  private place: Place | null = null;
  private joining = 0;
  private running = false;
  private news = false;
  private wake: () => void = () => {};

  constructor(private readonly db: AccountDatabase) {}

  get isIdle(): boolean {
    return this.sessions.size === 0 && this.joining === 0;
  }

  /** Called when something may be new. */
  told(): void {
    this.news = true;
    this.wake();
  }

  /**
   * Adds a session. It gets what is decided from now on, or after the place that it names. Where a transaction is open, "now" is
   * the moment at which it began.
   * @param from null: from now on; undefined: the place that it named is not one of this stream
   * @throws PostgresUnavailableError
   */
  async join(session: StreamSession, from: Place | null | undefined): Promise<void> {
    this.joining += 1;
    try {
      await this.begin(session, from);
    } finally {
      this.joining -= 1;
    }
  }

  /** Sends each session a heartbeat with its place, so that it can resume there even if nothing was told. */
  beat(): void {
    if (!this.place) return;
    for (const session of this.sessions) session.beat(idOf(session.listing, this.place));
  }

  /** Every session checks that its key is still allowed to read. */
  check(): void {
    for (const session of this.sessions) void session.check();
  }

  end(): void {
    for (const session of this.sessions) session.end();
    this.sessions.clear();
    this.wake();
  }

  private async begin(session: StreamSession, from: Place | null | undefined): Promise<void> {
    const ground = await findGround(this.db);
    const { generation, now } = ground;
    if (this.place?.generation !== generation) this.place = { generation, at: now };
    else if (this.sessions.size === 0 && isBefore(this.place.at, now)) this.place = { generation, at: now };
    this.start();
    const reached = from && isOn(ground, from) ? from.at : null;
    const at = reached ?? this.place.at;
    session.begin(idOf(session.listing, { generation, at }), from !== null && !reached);
    await this.catchUp(session, at);
  }

  /**
   * A session joins the others in the same moment in which it has caught up with them, so it misses nothing
   * and gets nothing twice.
   */
  private async catchUp(session: StreamSession, from: Position): Promise<void> {
    let at = from;
    while (!session.isOver && this.place) {
      const { at: upTo, generation } = this.place;
      if (isBefore(upTo, at)) {
        // another process, which it was connected to, had read further than this one
        this.told();
        await sleep(HELD_MS);
        continue;
      }
      if (!isBefore(at, upTo)) return this.add(session);
      const missed = await readMissed(this.db, session.inbox, at, upTo, PAGE);
      session.write(session.frames(missed, generation));
      await session.drained();
      at = missed.length === PAGE ? (missed.at(-1) ?? upTo) : upTo;
    }
  }

  private add(session: StreamSession): void {
    this.sessions.add(session);
    session.onOver(() => this.sessions.delete(session));
  }

  private start(): void {
    if (this.running) return;
    this.running = true;
    void this.run();
  }

  private async run(): Promise<void> {
    while (!this.isIdle && this.place) {
      const { place } = this;
      try {
        const { told, position, more } = await readNews(this.db, place.at, PAGE);
        if (place !== this.place) continue; // it was set anew meanwhile
        this.place = { ...place, at: position };
        this.tell(told, place.generation);
        if (told.length < PAGE) await this.pause(more ? HELD_MS : POLL_MS);
        else await this.breathe();
      } catch (error) {
        if (!(error instanceof PostgresUnavailableError)) this.end(); // they come again, and the error shows where they ask
        await this.pause(POLL_MS);
      }
    }
    this.running = false;
  }

  private tell(told: Told[], generation: string): void {
    const frames = new Map<string, Buffer>();
    for (const session of told.length > 0 ? this.sessions : []) {
      const { kind, inbox } = session;
      const known = frames.get(kind);
      const made =
        known ??
        Buffer.from(
          session.frames(
            told.filter((t) => t.inbox === inbox),
            generation,
          ),
        );
      if (!known) frames.set(kind, made);
      session.write(made);
    }
  }

  /**
   * Between two full pages readers get time to take the first. A reader that does not take it in that time is
   * slow.
   */
  private async breathe(): Promise<void> {
    const end = Date.now() + BREATH_MS;
    while (Date.now() < end && [...this.sessions].some((session) => session.isBehind)) await sleep(5);
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.news) this.wake();
    });
    if (this.news) await sleep(GATHER_MS);
    this.news = false;
    this.wake = () => {};
  }
}

/**
 * Whether the rows after that place can still be read: it belongs to this database's history, is not in its
 * future, and its rows are not deleted yet.
 */
function isOn(ground: Ground, { generation, at }: Place): boolean {
  return generation === ground.generation && !isBefore(at, ground.horizon) && !isBefore(ground.now, at);
}
