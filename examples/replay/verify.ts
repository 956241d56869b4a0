/** Checks a conversation against its events: nothing lost, nothing twice, the order kept, the same result. */
import { isDeepStrictEqual } from 'node:util';
import type { Conversation, Episode, TimelineEntry } from '../../clients/typescript/src/index';
import type { Settings } from '../../src/domain/settings';
import type { Sent } from './drive';
import { fold, type Folded } from './fold';

/** What the service shows of a conversation, all at one moment. */
export interface Observed {
  conversation: Conversation;
  /** newest first, as it is served */
  timeline: TimelineEntry[];
  /** newest first, as they are served */
  episodes: Episode[];
}

export interface Finding {
  kind: 'not accepted' | 'lost' | 'twice' | 'not sent' | 'order' | 'different';
  conversation: string;
  what: string;
}

/** @param sent in the order of sending; `observed` is null if the service does not know the conversation */
export function verify(
  conversation: string,
  sent: Sent[],
  observed: Observed | null,
  settings: Settings,
): Finding[] {
  const found = (kind: Finding['kind']) => (what: string) => ({ kind, conversation, what });
  const refused = sent
    .filter((s) => !s.accepted)
    .map((s) => found('not accepted')(`${s.type} ${s.event}: ${s.problem ?? 'no answer'}`));
  const entries = [...(observed?.timeline ?? [])].reverse();
  const ids = entries.map((entry) => entry.event).filter((id) => !id.startsWith('@'));
  const wanted = sent.filter((s) => s.accepted).map((s) => s.event);
  const kept = [
    ...wanted.filter((id) => !ids.includes(id)).map(found('lost')),
    ...wanted.filter((id) => ids.indexOf(id) !== ids.lastIndexOf(id)).map(found('twice')),
    ...ids.filter((id) => !sent.some((s) => s.event === id)).map(found('not sent')),
    ...outOfOrder(wanted, ids).map(found('order')),
    ...gaps(entries).map(found('lost')),
  ];
  if (!observed) return [...refused, ...kept];
  return [...refused, ...kept, ...differences(sent, observed, entries, settings).map(found('different'))];
}

/** Pairs of accepted events whose order in the timeline is not the order of sending. */
function outOfOrder(wanted: string[], ids: string[]): string[] {
  const places = [...new Set(ids)].map((id) => wanted.indexOf(id)).filter((place) => place >= 0);
  return places.flatMap((place, i) => {
    const before = places[i - 1];
    return before !== undefined && before > place ? [`${wanted[place]} comes after ${wanted[before]}`] : [];
  });
}

/** Decisions are numbered from 1 without a gap. */
function gaps(entries: TimelineEntry[]): string[] {
  return entries.flatMap(({ seq }, i) =>
    seq === i + 1 ? [] : [`decision ${i + 1} of the timeline is numbered ${seq}`],
  );
}

function differences(
  sent: Sent[],
  observed: Observed,
  entries: TimelineEntry[],
  settings: Settings,
): string[] {
  const { inbox, conversation, created_at } = observed.conversation;
  const folded = fold({ inbox, conversation, settings, created_at }, entries);
  const first = entries[0]?.at ?? created_at;
  return [
    ...folded.differences,
    ...(created_at > first ? [`created_at: ${created_at} is after its first decision, ${first}`] : []),
    ...unlike('the row', folded.record, observed.conversation),
    ...episodesUnlike(folded.episodes, [...observed.episodes].reverse()),
    ...sent.flatMap((s) => answerUnlike(s, entries, folded)),
  ];
}

function episodesUnlike(ours: Folded['episodes'], theirs: Episode[]): string[] {
  if (ours.length !== theirs.length)
    return [`the rules make ${ours.length} episodes, the service has ${theirs.length}`];
  return ours.flatMap((episode, i) => unlike(`episode ${episode.episode}`, episode, theirs[i] ?? {}));
}

/** What the sender was told about a decision must be what the timeline says. */
function answerUnlike({ event, decided }: Sent, entries: TimelineEntry[], { after }: Folded): string[] {
  const entry = entries.find((e) => e.event === event);
  if (!decided || !entry) return [];
  const { verdict, why, conversation } = decided;
  const told = { verdict, why };
  const kept = { verdict: entry.verdict, why: entry.reason ?? entry.rule ?? null };
  return [
    ...unlike(`the answer to ${event}`, kept, told),
    ...unlike(`the answer to ${event}`, after.get(event) ?? {}, conversation),
  ];
}

/** The fields in which two of a kind differ. */
function unlike(what: string, rules: object, service: object): string[] {
  const [ours, theirs] = [new Map(Object.entries(rules)), new Map(Object.entries(service))];
  const fields = [...new Set([...ours.keys(), ...theirs.keys()])];
  return fields
    .filter((field) => !isDeepStrictEqual(ours.get(field), theirs.get(field)))
    .map((field) => {
      const says = (map: Map<string, unknown>) => JSON.stringify(map.get(field)) ?? 'nothing';
      return `${what}, ${field}: the rules say ${says(ours)}, the service ${says(theirs)}`;
    });
}
