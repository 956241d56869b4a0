/** What a text says about itself, where it says one thing only. */
import courtesies from './courtesy.json';

/** What kind of message a text is, and the rating that it may be. */
export interface Said {
  kind: 'text' | 'courtesy';
  rating?: number;
}

/** Longer texts say more than one thing. */
const MOST_CHARACTERS = 100;

export function whatIsSaid(text: string): Said {
  if (text.length > MOST_CHARACTERS) return { kind: 'text' };
  const rating = ratingIn(text);
  if (rating !== null) return { kind: 'text', rating };
  return { kind: isCourtesy(text) ? 'courtesy' : 'text' };
}

/** Arabic, Persian, Devanagari, Bengali: where their zero is. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6];
/** Variation selectors, the keycap, skin tones: they change how a character looks, not what it says. */
const LOOKS = /[\ufe0e\ufe0f\u20e3]|\ud83c[\udffb-\udfff]/g;
const THUMBS: Record<string, number> = { '👍': 5, '👎': 1 };

/** A number from 1 to 5, that many stars, or a thumb; null where the text is anything else or more. */
export function ratingIn(text: string): number | null {
  const bare = text.normalize('NFKC').replace(LOOKS, '').replace(/\s+/g, '');
  const stars = /^[⭐★🌟]{1,5}$/u.test(bare) ? [...bare].length : null;
  return stars ?? THUMBS[bare] ?? digitIn(bare);
}

function digitIn(text: string): number | null {
  const code = text.codePointAt(0) ?? 0;
  if (text.length !== 1) return null;
  const digit = [0x30, ...ZEROS].map((zero) => code - zero).find((value) => value >= 1 && value <= 5);
  return digit ?? null;
}

const phrases = new Set(
  Object.values(courtesies)
    .flat()
    .map((phrase) => wordsOf(phrase).join(' ')),
);
const MOST_WORDS = Math.max(...[...phrases].map((phrase) => phrase.split(' ').length));

/** Nothing but phrases of `courtesy.json`, one or several. */
function isCourtesy(text: string): boolean {
  const words = wordsOf(text);
  let at = 0;
  while (at < words.length) {
    const taken = phraseAt(words, at);
    if (taken === 0) return false;
    at += taken;
  }
  return words.length > 0;
}

/** @returns of how many words the longest phrase is that begins there; 0: there is none */
function phraseAt(words: string[], at: number): number {
  for (let count = Math.min(MOST_WORDS, words.length - at); count > 0; count -= 1)
    if (phrases.has(words.slice(at, at + count).join(' '))) return count;
  return 0;
}

/** In small letters, without accents and punctuation; each sign (🙏) is a word. */
function wordsOf(text: string): string[] {
  return text
    .replace(LOOKS, '')
    .normalize('NFKD')
    .replace(/(?<=\p{Script=Latin})\p{Mn}+|(?<=\p{Script=Arabic})\p{Mn}+/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/ı/g, 'i')
    .replace(/\p{Extended_Pictographic}/gu, ' $& ')
    .split(/[\s\p{P}]+/u)
    .filter((word) => word !== '');
}
