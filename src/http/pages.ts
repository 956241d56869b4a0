import express, { type IRouter } from 'express';
import path from 'node:path';
import { absolutePath as swaggerUi } from 'swagger-ui-dist';
import { openApi } from './core/openapi';
import { atThisMoment } from './resources/event-shapes';
import { refuseOthers, type Operation } from './core/operation';

const FILES = path.join(__dirname, 'pages');
const PAGES = { '/': 'index.html', '/docs': 'docs.html' };

/** Pages for a browser, and the API's description. They load nothing from another host. */
export function servePages(router: IRouter, operations: readonly Operation[]): void {
  const description = JSON.stringify(openApi(operations));
  for (const [at, file] of Object.entries(PAGES)) {
    router.get(at, (_, response) => response.sendFile(file, { root: FILES }));
    refuseOthers(router, at, ['GET']);
  }
  router.get('/openapi.json', (_, response) => {
    response.type('json').send(atThisMoment(description, Date.now()));
  });
  refuseOthers(router, '/openapi.json', ['GET']);
  const files = { index: false, redirect: false } as const;
  router.use('/pages', express.static(FILES, files));
  router.use('/docs', express.static(swaggerUi(), files));
}
