/** One what-if: takes pages of the past, or of the present, and counts. It holds one conversation at a time. */
import type { ConversationRow } from '../domain/timeline';
import type { Answered, Asked, Piece, Question, Summary } from './messages';
import { MOVES, Outlook, type Change, type Move } from './outlook';
import { LEFT_OUT, Replay, type Both, type LeftOut, type Range } from './replay';
import { Tally, type Difference } from './tally';

export class Run {
  private readonly of: OfPast | OfPresent;

  constructor(question: Question) {
    this.of = question.range ? new OfPast(question, question.range) : new OfPresent(question);
  }

  take(page: Asked): Answered {
    const { of } = this;
    if (page !== null) for (const piece of JSON.parse(page) as Piece[]) of.take(piece);
    const summary = page === null ? of.end() : null;
    return { conversations: of.conversations, decisions: of.decisions, lines: of.lines(), summary };
  }
}

class OfPast {
  conversations = 0;
  decisions = 0;
  private changed = 0;
  private readonly leftOut = Object.fromEntries(LEFT_OUT.map((why) => [why, 0])) as Record<LeftOut, number>;
  private readonly tally: Tally;
  private readonly settings: Map<number, Both>;
  private readonly oldest: number;
  private replay: Replay | null = null;

  constructor(
    private readonly question: Question,
    private readonly range: Range,
  ) {
    this.tally = new Tally(question.examples);
    this.settings = new Map(question.settings);
    this.oldest = Math.min(...this.settings.keys());
  }

  take([conversation, past]: Piece): void {
    if (this.replay?.conversation !== conversation) {
      this.finish();
      this.replay = new Replay(conversation, this.range, (version) => this.settingsOf(version));
    }
    if (Array.isArray(past)) for (const entry of past) this.replay.take(entry);
    else this.replay.rest(past);
  }

  end(): Summary {
    this.finish();
    return { of: 'past', totals: this.tally.totals, changed: this.changed, left_out: this.leftOut };
  }

  lines(): Difference[] {
    return this.tally.takeExamples();
  }

  private finish(): void {
    const { replay } = this;
    this.replay = null;
    if (!replay) return;
    replay.end();
    this.conversations += 1;
    this.decisions += replay.decisions;
    if (replay.leftOut) this.leftOut[replay.leftOut] += 1;
    else {
      this.tally.add(replay.totals, replay.examples);
      if (replay.differs) this.changed += 1;
    }
  }

  /** The settings of versions before the oldest that is known are taken to be that one's. */
  private settingsOf(version: number): Both {
    const known = this.settings.get(version);
    if (known) return known;
    return (version < this.oldest ? this.settings.get(this.oldest) : undefined) ?? this.question.current;
  }
}

class OfPresent {
  conversations = 0;
  decisions = 0;
  private readonly outlook: Outlook;
  private readonly shown = Object.fromEntries(MOVES.map((move) => [move, 0])) as Record<Move, number>;
  private found: Change[] = [];

  constructor(private readonly question: Question) {
    this.outlook = new Outlook(question.current.would, question.now);
  }

  take([, row]: Piece): void {
    this.conversations += 1;
    this.decisions += 1;
    const change = this.outlook.take(row as ConversationRow);
    if (!change || this.shown[change.move] >= this.question.examples) return;
    this.shown[change.move] += 1;
    this.found.push(change);
  }

  end(): Summary {
    return { of: 'present', totals: this.outlook.totals };
  }

  lines(): Change[] {
    const { found } = this;
    this.found = [];
    return found;
  }
}
