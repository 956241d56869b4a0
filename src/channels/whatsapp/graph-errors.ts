/** What WhatsApp's error codes mean for a message that was refused. */

/**
 * `again`: later it may be taken. `slow`: this number sends too much, and must pause. `template`: only a template may be
 * sent. `final`: never. `configuration`: the account or the number must be put right first.
 */
export type Meaning = 'again' | 'slow' | 'template' | 'final' | 'configuration';

const CODES: Record<Exclude<Meaning, 'final'>, readonly number[]> = {
  // unknown or temporary errors; rates of the app, the number, and the pair of number and customer; maintenance
  again: [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004],
  slow: [131048],
  template: [131047],
  // token and rights; parameters; payment; policy and locks; templates; registration
  configuration: [
    ...[0, 3, 10, 33, 100, 190, 200, 368],
    ...[131005, 131008, 131009, 131031, 131042, 131045],
    ...[132000, 132001, 132005, 132007, 132012, 132015, 132016, 133006, 133010, 133015],
  ],
};

/** @param status HTTP's, for codes that are not known here */
export function meaningOf(code: number, status: number): Meaning {
  const known = (Object.keys(CODES) as (keyof typeof CODES)[]).find((meaning) =>
    CODES[meaning].includes(code),
  );
  if (known) return known;
  if (status >= 500 || status === 429) return 'again';
  return status === 401 || status === 403 ? 'configuration' : 'final';
}
