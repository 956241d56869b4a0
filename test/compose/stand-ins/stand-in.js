// The programs of the stand-ins, by the name that they are called by. They do only as much as docker-compose.yml asks of them.
const { readdirSync, readFileSync, existsSync } = require('node:fs');
const { createServer } = require('node:http');
const { connect } = require('node:net');
const { lookup } = require('node:dns/promises');
const path = require('node:path');

const name =
  path.basename(process.argv[1]) === 'stand-in.js' ? process.argv[2] : path.basename(process.argv[1]);
const args = process.argv.slice(2);
const exit = (ok) => process.exit(ok ? 0 : 1);

const programs = {
  pg_isready: () => reach('127.0.0.1', 5432),
  nc: () => reach(args.at(-2), Number(args.at(-1))),
  wget: () =>
    fetch(args.at(-1)).then(
      (r) => exit(r.ok),
      () => exit(false),
    ),
  // Temporal here is its development server, which makes its own tables.
  'temporal-sql-tool': () => exit(true),
  'set-up': setUp,
  ui: () => answer(8080, () => 'ok'),
  grafana: () => answer(3000, () => 'ok'),
  prometheus: () => answer(9090, targets),
};

function reach(host, port) {
  connect({ host, port }, () => exit(true)).on('error', () => exit(false));
}

function answer(port, body) {
  createServer(async (request, response) => response.end(await body(request))).listen(port, '0.0.0.0');
}

/** Finds and scrapes what the configuration names, and answers as Prometheus does. */
async function targets() {
  const text = readFileSync('/etc/prometheus/prometheus.yml', 'utf8');
  const names = /names: \[([^\]]*)\]/.exec(text)[1].split(', ');
  const port = /port: (\d+)/.exec(text)[1];
  const activeTargets = await Promise.all(
    names.map(async (name) => {
      const scrapeUrl = `http://${name}:${port}/metrics`;
      const health = await lookup(name)
        .then(() => fetch(scrapeUrl))
        .then((r) => r.text())
        .then(
          (t) => (t.includes('temporal_') && t.includes('conversations_') ? 'up' : 'down'),
          () => 'down',
        );
      return { scrapeUrl, health };
    }),
  );
  return JSON.stringify({ status: 'success', data: { activeTargets } });
}

/** What psql would do with the folder's scripts. */
async function setUp() {
  const { Client, escapeLiteral } = require('/app/node_modules/pg');
  const user = process.env.POSTGRES_USER;
  const at = (database) => new Client({ host: '/tmp', user, database });
  const admin = at('postgres');
  await admin.connect();
  await admin.query(`CREATE DATABASE ${user}`);
  await admin.end();
  const folder = '/docker-entrypoint-initdb.d';
  for (const file of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const variables = {};
    const sql = readFileSync(path.join(folder, file), 'utf8')
      .replace(
        /^\\getenv (\w+) (\w+)$/gm,
        (_, variable, env) => ((variables[variable] = process.env[env]), ''),
      )
      .replace(/:'(\w+)'/g, (_, variable) => escapeLiteral(variables[variable]));
    const client = at(user);
    await client.connect();
    await client.query(sql);
    await client.end();
  }
}

programs[name]();
