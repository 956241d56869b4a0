import express, { type IRouter } from 'express';
import path from 'node:path';
import { absolutePath as swaggerUi } from 'swagger-ui-dist';
import { openApi } from './core/openapi';
import { atThisMoment } from './resources/event-shapes';
import { refuseOthers, type Operation } from './core/operation';

const FILES = path.join(__dirname, 'pages');
/** What `npm run build:web` makes of `web/src`. */
const OPS = path.join(__dirname, '..', '..', 'web', 'dist');
const PAGES = { '/': 'index.html', '/docs': 'docs.html' };
/** No text becomes markup or code in the page for team leads. The API's page cannot promise that. */
const TRUSTED_TYPES = "require-trusted-types-for 'script';trusted-types 'none'";

/** Pages for a browser, and the API's description. They load nothing from another host. */
export function servePages(router: IRouter, operations: readonly Operation[]): void {
  const description = JSON.stringify(openApi(operations));
  for (const [at, file] of Object.entries(PAGES)) {
    router.get(at, (_, response) => response.sendFile(file, { root: FILES }));
    refuseOthers(router, at, ['GET']);
  }
  serveOps(router);
  router.get('/openapi.json', (_, response) => {
    response.type('json').send(atThisMoment(description, Date.now()));
  });
  refuseOthers(router, '/openapi.json', ['GET']);
  const files = { index: false, redirect: false } as const;
  router.use('/pages', express.static(FILES, files));
  router.use('/docs', express.static(swaggerUi(), files));
}

/** A file's name changes with what is in it, so browsers keep the files; the page that names them is asked for each time. */
function serveOps(router: IRouter): void {
  router.get('/ops', (_, response) => {
    const policy = response.getHeader('Content-Security-Policy');
    response.setHeader('Content-Security-Policy', `${String(policy)};${TRUSTED_TYPES}`);
    response.sendFile('index.html', { root: OPS });
  });
  refuseOthers(router, '/ops', ['GET']);
  const kept = { index: false, redirect: false, immutable: true, maxAge: '1y' } as const;
  router.use('/ops/assets', express.static(path.join(OPS, 'assets'), kept));
}
