import type { Pool } from 'pg';
import { knownEvents } from '../db/writes';
import { EVENT_TYPES, type Event } from '../domain/events';
import type { ConversationKey } from '../domain/key';
import { readAnyEvent, readEvent } from '../domain/read-event';
import type { Run, TemporalClient } from '../temporal/client';
import { workflowId } from '../temporal/contract';

/** A conversation with events that a run was given, and that were never decided because it was ended by force. */
export interface Unheard {
  key: ConversationKey;
  events: Event[];
}

/** Each such conversation once, with the events of all its runs in their order. */
export async function* unheard(stores: { pool: Pool; temporal: TemporalClient }): AsyncGenerator<Unheard> {
  const { pool, temporal } = stores;
  for (const runs of grouped(await temporal.cutOff())) {
    const [{ key }] = runs;
    const events = await undecided(pool, key, await givenTo(temporal, runs));
    if (events.length > 0) yield { key, events };
  }
}

/** Those that the timeline does not have. */
export async function undecided(pool: Pool, key: ConversationKey, events: Event[]): Promise<Event[]> {
  const ids = events.map(({ id }) => id);
  const known = new Set((await knownEvents(pool, key, ids)).map(({ event }) => event));
  return events.filter(({ id }) => !known.has(id));
}

/** All events of these runs, each id once, because the next run gets again what a run carried over. */
async function givenTo(temporal: TemporalClient, runs: Run[]): Promise<Event[]> {
  const given = new Map<string, Event>();
  for (const run of runs) {
    if (await temporal.wasReset(run)) continue;
    const events = await eventsOf(temporal, run);
    for (const event of events) if (!given.has(event.id)) given.set(event.id, event);
  }
  return [...given.values()];
}

/** A payload that is no event was dropped then, and would be dropped again. */
async function eventsOf(temporal: TemporalClient, run: Run): Promise<Event[]> {
  const given = await temporal.givenTo(run);
  return given.flatMap(({ type, payload }) => {
    const known = EVENT_TYPES.find((t) => t === type);
    const received = known ? readEvent(known, payload, Date.now()) : readAnyEvent(payload, Date.now());
    return 'event' in received ? [received.event] : [];
  });
}

function grouped(runs: Run[]): [Run, ...Run[]][] {
  const groups = new Map<string, [Run, ...Run[]]>();
  for (const run of runs) {
    const group = groups.get(workflowId(run.key));
    if (group) group.push(run);
    else groups.set(workflowId(run.key), [run]);
  }
  return [...groups.values()];
}
