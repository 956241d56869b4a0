/** A story in words: given – when – then. */
import type { Scene, Story } from './story';

export function told(story: Story, problem: unknown): string {
  const message = problem instanceof Error ? problem.message || problem.name : String(problem);
  return [
    '',
    `GIVEN a conversation nobody has heard of, in an inbox with ${JSON.stringify(story.settings)}`,
    ...story.scenes.map((scene, i) => `${i === 0 ? 'WHEN ' : ' AND '}${after(scene.wait)}${inWords(scene)}`),
    'THEN all should be as decided by the rules, but:',
    message.replace(/^/gm, '  '),
    '',
  ].join('\n');
}

function inWords(scene: Scene): string {
  switch (scene.does) {
    case 'send':
      return `${scene.type} ${JSON.stringify(scene.fields)} comes as ${an(scene.by)}`;
    case 'again':
      return `${scene.type} comes as ${an(scene.by)} with the id of the event ${scene.back + 1} before`;
    case 'poison':
      return `the signal ${scene.signal} comes with ${JSON.stringify(scene.payload)}`;
    case 'settings':
      return `the settings become ${JSON.stringify(scene.settings)}, ${scene.told ? 'and it is told' : 'untold'}`;
  }
}

function an(way: 'signal' | 'update'): string {
  return way === 'signal' ? 'a signal' : 'an update';
}

function after(wait: number): string {
  if (wait === 0) return '';
  const minutes = Math.round(wait / 6_000) / 10;
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const parts = [
    days && `${days} d`,
    hours && `${hours} h`,
    minutes % 60 && `${Number((minutes % 60).toFixed(1))} min`,
  ];
  return `${parts.filter(Boolean).join(' ')} later, `;
}
