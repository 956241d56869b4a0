import { Outage } from '../../src/temporal/outage';

it('lets everybody through until some calls in a row have failed', () => {
  const outage = new Outage();
  for (let i = 0; i < 2; i++) outage.failed(0);
  expect(outage.admits(0)).toBe(true);
  outage.succeeded();
  for (let i = 0; i < 2; i++) outage.failed(0);
  expect(outage.admits(0)).toBe(true);
  outage.failed(0);
  expect(outage.admits(0)).toBe(false);
});

it('then lets one through from time to time, until one succeeds', () => {
  const outage = new Outage();
  for (let i = 0; i < 3; i++) outage.failed(1_000);
  expect([1_100, 1_249, 1_250, 1_251].map((now) => outage.admits(now))).toEqual([false, false, true, false]);
  outage.failed(2_000);
  expect([2_100, 2_250, 2_250].map((now) => outage.admits(now))).toEqual([false, true, false]);
  outage.succeeded();
  expect([2_251, 2_251].map((now) => outage.admits(now))).toEqual([true, true]);
});
