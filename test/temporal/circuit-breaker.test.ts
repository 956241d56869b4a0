import { registry } from '../../src/metrics/registry';
import { CircuitBreaker } from '../../src/temporal/circuit-breaker';

it('admits all calls until some in a row have failed', () => {
  const breaker = new CircuitBreaker();
  for (let i = 0; i < 2; i++) breaker.failed(0);
  expect(breaker.admits(0)).toBe(true);
  breaker.succeeded();
  for (let i = 0; i < 2; i++) breaker.failed(0);
  expect(breaker.admits(0)).toBe(true);
  breaker.failed(0);
  expect(breaker.admits(0)).toBe(false);
});

it('then admits one from time to time, until one succeeds', () => {
  const breaker = new CircuitBreaker();
  for (let i = 0; i < 3; i++) breaker.failed(1_000);
  expect([1_100, 1_249, 1_250, 1_251].map((now) => breaker.admits(now))).toEqual([false, false, true, false]);
  breaker.failed(2_000);
  expect([2_100, 2_250, 2_250].map((now) => breaker.admits(now))).toEqual([false, true, false]);
  breaker.succeeded();
  expect([2_251, 2_251].map((now) => breaker.admits(now))).toEqual([true, true]);
});

it('tells Prometheus while it is open', async () => {
  const open = () => registry.getSingleMetricAsString('conversations_circuit_breaker_open');
  const breaker = new CircuitBreaker();
  for (let i = 0; i < 2; i++) breaker.failed(0);
  expect(await open()).toMatch(/ 0$/);
  breaker.failed(0);
  expect(await open()).toMatch(/ 1$/);
  breaker.succeeded();
  expect(await open()).toMatch(/ 0$/);
});
