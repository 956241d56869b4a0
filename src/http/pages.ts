import type { IRouter } from 'express';
import { refuseOthers } from './operations';

const links = [
  ['/docs', 'The API, to read and to try'],
  ['/ops', 'For operators'],
  ['/livez', 'Is the process alive'],
  ['/readyz', 'Are Temporal, a worker and PostgreSQL there'],
];

/** Pages for people who come with a browser. */
export function servePages(router: IRouter): void {
  router.get('/', (_, response) => {
    response.type('html').send(page('Conversation statuses', links));
  });
  router.get('/ops', (_, response) => {
    response.type('html').send(page('For operators', links));
  });
  for (const path of ['/', '/ops']) refuseOthers(router, path, ['GET']);
}

function page(title: string, shown: string[][]): string {
  const items = shown.map(([path, what]) => `<li><a href="${path}">${path}</a> ${what}</li>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><h1>${title}</h1>
<ul>
${items}
</ul>
</body>
</html>
`;
}
