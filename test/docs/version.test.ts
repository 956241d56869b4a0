/** One version stands everywhere: that of package.json. */
import { parse } from 'yaml';
import { version } from '../../package.json';
import { read } from './fences';

const json = (file: string) => JSON.parse(read(file)) as { version: string };
const lock = JSON.parse(read('package-lock.json')) as {
  version: string;
  packages: { '': { version: string } };
};
const chart = parse(read('deploy/helm/conversation-status/Chart.yaml')) as {
  version: string;
  appVersion: string;
};

it.each([
  ['clients/typescript/package.json', json('clients/typescript/package.json').version],
  ['web/package.json', json('web/package.json').version],
  ['package-lock.json', lock.version],
  ["package-lock.json's own package", lock.packages[''].version],
  ['the chart', chart.version],
  ["the chart's image", chart.appVersion],
  ['the newest part of the changelog', /^## \[(.+?)\] - \d{4}-\d\d-\d\d$/m.exec(read('CHANGELOG.md'))?.[1]],
])('%s has the version of package.json', (_, stands) => {
  expect(stands).toBe(version);
});

it.each([
  ['README.md', `version ${version}`],
  ['clients/typescript/README.md', `conversation-status-client-${version}.tgz`],
  ['docker-compose.yml', `conversation-status:${version}`],
])('%s names it', (file, words) => {
  expect(read(file)).toContain(words);
});
