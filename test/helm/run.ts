/**
 * `npm run test:helm`: the chart, rendered with several values, against the schemas of Kubernetes and against what it promises.
 * Where Helm cannot be had, it says so and does nothing.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { scripts } from '../../package.json';
import { readApiConfig, readMigrateConfig, readWorkerConfig } from '../../src/runtime/config';
import { reason } from '../../src/runtime/operator-error';
import { repository } from '../embedded/service';
import { installedHelm, installedValidator } from './helm';

const run = promisify(execFile);
const CHART = path.join(repository, 'deploy', 'helm', 'conversation-status');
const VERSIONS = ['1.25.0', '1.31.0', '1.37.0'];

const VALUES: Record<string, { networkPolicy?: object; [more: string]: unknown }> = {
  defaults: {},
  'Temporal Cloud, fixed sizes, no policies': {
    temporal: { address: 'prod.a1b2c.tmprl.cloud:7233', namespace: 'prod.a1b2c', tls: true },
    api: { autoscaling: { enabled: false }, replicas: 3 },
    worker: { autoscaling: { enabled: false } },
    networkPolicy: { enabled: false },
  },
  'everything set': {
    imagePullSecrets: [{ name: 'registry' }],
    env: { LOG_LEVEL: 'warn', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', REST_AFTER_SECONDS: 60 },
    networkPolicy: {
      apiFrom: [{ podSelector: { matchLabels: { app: 'inbox' } } }],
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  },
};

interface Env {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}
interface Container {
  command: string[];
  env: Env[];
  securityContext: Record<string, unknown>;
  resources: { requests: object; limits: object };
  livenessProbe?: object;
  readinessProbe?: object;
  startupProbe?: object;
}
interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: Container[]; automountServiceAccountToken: boolean };
}
interface Resource {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  spec: {
    replicas?: number;
    template: PodTemplate;
    scaleTargetRef?: { name: string };
    metrics?: { type: string; pods?: { metric: { name: string } } }[];
    selector?: { matchLabels: Record<string, string> };
    podSelector?: { matchLabels: Record<string, string> };
  };
}

const READERS = { api: readApiConfig, worker: readWorkerConfig, migrate: readMigrateConfig };
type Component = keyof typeof READERS;

async function main(): Promise<void> {
  const programs = await Promise.all([installedHelm(), installedValidator()]).catch((error: unknown) => {
    console.log(`skipped: Helm or the validator cannot be had here (${reason(error)})`);
    return null;
  });
  if (!programs) return;
  const [helm, validator] = programs;
  const folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-helm-'));
  try {
    await run(helm, ['lint', '--strict', CHART]);
    for (const [name, values] of Object.entries(VALUES)) {
      const file = path.join(folder, 'values.yaml');
      writeFileSync(file, JSON.stringify(values));
      const args = ['template', 'cs', CHART, '--kube-version', '1.31.0', '--values', file];
      const { stdout } = await run(helm, args, { maxBuffer: 10_000_000 });
      const rendered = path.join(folder, 'rendered.yaml');
      writeFileSync(rendered, stdout);
      for (const version of VERSIONS) await run(validator, ['--strict', '--quiet', '-k', version, rendered]);
      check(
        parseAllDocuments(stdout).map((document) => document.toJS() as Resource),
        values,
      );
      console.log(`${name}: as Kubernetes ${VERSIONS.join(', ')} takes it, and as promised`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws AssertionError */
function check(resources: Resource[], values: { networkPolicy?: object }): void {
  const of = (kind: string) => resources.filter((resource) => resource.kind === kind);
  const pods = [...of('Deployment'), ...of('Job')];
  assert.equal(pods.length, 3);
  for (const { kind, metadata, spec } of pods) {
    const { labels } = spec.template.metadata;
    const component = labels['app.kubernetes.io/component'] as Component;
    const [container, ...more] = spec.template.spec.containers;
    assert.ok(container && more.length === 0, metadata.name);
    checkContainer(component, container);
    assert.equal(spec.template.spec.automountServiceAccountToken, false);
    const selects = (selector?: Record<string, string>) =>
      selector !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
    const policies = of('NetworkPolicy').filter((policy) => selects(policy.spec.podSelector?.matchLabels));
    assert.equal(
      policies.length,
      Object.values(values.networkPolicy ?? {}).includes(false) ? 0 : 1,
      `policies of ${component}`,
    );
    if (kind === 'Job') {
      assert.equal(metadata.annotations?.['helm.sh/hook'], 'pre-install,pre-upgrade');
      continue;
    }
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
      assert.ok(container[probe], `${component} has a ${probe}`);
    const budgets = of('PodDisruptionBudget').filter((budget) => selects(budget.spec.selector?.matchLabels));
    assert.equal(budgets.length, 1, `budgets of ${component}`);
    const scalers = of('HorizontalPodAutoscaler').filter(
      (s) => s.spec.scaleTargetRef?.name === metadata.name,
    );
    assert.equal(scalers.length, spec.replicas === undefined ? 1 : 0, `either scaled or fixed: ${component}`);
    const [metric] = scalers[0]?.spec.metrics ?? [];
    if (component === 'worker' && metric)
      assert.equal(metric.pods?.metric.name, 'temporal_worker_task_slots_used');
  }
}

function checkContainer(component: Component, container: Container): void {
  const { securityContext, resources, command, env } = container;
  assert.equal(`exec ${command.join(' ')}`, scripts[component]);
  assert.deepEqual(
    { ...securityContext, runAsGroup: undefined },
    {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: undefined,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  );
  assert.ok('cpu' in resources.requests && 'memory' in resources.requests && 'memory' in resources.limits);
  const given = Object.fromEntries(env.map((one) => [one.name, one.value ?? SECRETS[one.name]]));
  READERS[component](given); // every one that is needed is there, and none is wrong
  for (const name of component === 'migrate'
    ? ['DATABASE_URL']
    : ['SECRETS_KEY', 'PAYLOAD_KEYS', 'TEMPORAL_API_KEY'])
    assert.ok(given[name], `${component} may be given ${name}`);
  for (const { name, value } of env)
    assert.ok(value === undefined || !(name in SECRETS), `${name} is no secret's`);
}

/** What an operator's secret would hold. */
const SECRETS: Record<string, string> = {
  DATABASE_URL: 'postgres://u:p@db:5432/conversations',
  SECRETS_KEY: Buffer.alloc(32).toString('base64'),
  BOOTSTRAP_API_KEY: 'cs_0123456789',
  PAYLOAD_KEYS: Buffer.alloc(32).toString('base64'),
  TEMPORAL_API_KEY: 'key',
};

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
