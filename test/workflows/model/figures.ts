/** The figures of all stories together. */
import { TIMER_EVENTS } from '../../../src/domain/events';
import type { Actor } from './actor';
import type { Folded } from './oracle';

const TIMERS = Object.values<string>(TIMER_EVENTS);

export class Figures {
  private readonly sums = new Map<string, number>();

  note({ story, sent }: Actor, { steps, rests }: Folded): void {
    const scenes = (does: string) => story.scenes.filter((scene) => scene.does === does).length;
    this.add('stories', 1);
    this.add('events', sent.length);
    this.add('of them by update', sent.filter((s) => s.by === 'update').length);
    this.add('timers fired', steps.filter(({ entry }) => TIMERS.includes(entry.type)).length);
    this.add('rests', rests);
    this.add('duplicates', scenes('again'));
    this.add('settings changes', scenes('settings'));
    this.add('poison', scenes('poison'));
  }

  toString(): string {
    return [...this.sums].map(([name, sum]) => `${sum} ${name}`).join(', ');
  }

  private add(name: string, count: number): void {
    this.sums.set(name, (this.sums.get(name) ?? 0) + count);
  }
}
